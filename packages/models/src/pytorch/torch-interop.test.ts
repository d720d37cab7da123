import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asClassifier, createRng } from '@st/core';
import { expectClose, testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { dmPreactResnet } from '../nets/dm-preact-resnet.ts';
import { dmWideResnet } from '../nets/dm-wide-resnet.ts';
import { preactResnet } from '../nets/preact-resnet.ts';
import { resnet } from '../nets/resnet.ts';
import { wideResnet } from '../nets/wide-resnet.ts';
import { type LoadPretrainedOptions, loadPretrained } from '../pretrained/load-pretrained.ts';
import { CIFAR10_NORMALIZATION } from '../pretrained/published-normalization.ts';
import { type PytorchStateDictOptions, pytorchStateDict } from '../weights/pytorch-state-dict.ts';
import { writePytorch } from './write/write-pytorch.ts';

const SIZE = 8;
const COUNT = 3;
const IMAGES = { inputShape: [SIZE, SIZE, 3], seed: 1, classes: 4 } as const;
const STAGES = { widths: [4, 6], blocks: [1, 2], stem: 4 } as const;
const WIDE = { depth: 10, widen: 1, widths: [4, 6, 8], stem: 4 } as const;
const { mean, std } = CIFAR10_NORMALIZATION;

/** A network, its PyTorch class in `fixtures/published_nets.py` with arguments, and options for saving and loading. */
type Job = {
  readonly name: string;
  readonly net: string;
  readonly options: object;
  /** Side of the images. Default 8. */
  readonly size?: number;
  readonly model: () => LayersModel;
  readonly save?: PytorchStateDictOptions;
  readonly load?: LoadPretrainedOptions;
};

const groups = [4, 6, 8];
const stages = { ...STAGES, classes: 4 };
const wide = { depth: 10, groups, stem: 4, classes: 4 };

const JOBS: readonly Job[] = [
  { name: 'resnet', net: 'ResNet', options: stages, model: () => resnet({ ...IMAGES, ...STAGES, block: 'basic' }) },
  {
    name: 'bottleneck-wrapped',
    net: 'ResNet',
    options: { ...stages, block: 'bottleneck' },
    model: () => resnet({ ...IMAGES, ...STAGES, block: 'bottleneck' }),
  },
  {
    name: 'resnet-silu',
    net: 'ResNet',
    options: { ...stages, act: 'silu' },
    model: () => resnet({ ...IMAGES, ...STAGES, block: 'basic', activation: 'silu' }),
    load: { activation: 'silu' },
  },
  { name: 'legacy-preact', net: 'PreActResNet', options: stages, model: () => preactResnet({ ...IMAGES, ...STAGES }) },
  {
    name: 'preact-plain',
    net: 'PreActResNet',
    options: { ...stages, projects: 'input', head: 'plain' },
    model: () => preactResnet({ ...IMAGES, ...STAGES, projects: 'input', head: 'plain' }),
    load: { projects: 'input' },
  },
  {
    name: 'preact-of-pytorch-cifar',
    net: 'PreActResNet',
    options: { ...stages, head: 'plain' },
    model: () => preactResnet({ ...IMAGES, ...STAGES, head: 'plain' }),
    load: { projects: 'activated' },
  },
  {
    name: 'windows-one',
    net: 'ResNet',
    options: { ...stages, pool: 4 },
    size: 12,
    model: () => resnet({ ...IMAGES, ...STAGES, inputShape: [12, 12, 3], block: 'basic', pool: 4 }),
  },
  {
    name: 'windows-four',
    net: 'ResNet',
    options: { ...stages, pool: 4, windows: 4 },
    size: 16,
    model: () => resnet({ ...IMAGES, ...STAGES, inputShape: [16, 16, 3], block: 'basic', pool: 4 }),
  },
  {
    name: 'windows-wide',
    net: 'WideResNet',
    options: { ...wide, pool: 2 },
    size: 12,
    model: () => wideResnet({ ...IMAGES, ...WIDE, inputShape: [12, 12, 3], pool: 2 }),
    save: { subBlock1: false },
    load: { pool: 2 },
  },
  {
    name: 'imagenet',
    net: 'ResNet',
    options: { ...stages, stem: 4, imagenet: true, block: 'bottleneck' },
    size: 35,
    model: () =>
      resnet({
        ...IMAGES,
        widths: [4, 6],
        blocks: [1, 2],
        inputShape: [35, 35, 3],
        stem: 'imagenet',
        block: 'bottleneck',
      }),
    load: { pool: 'global' },
  },
  {
    name: 'wide-sub-block',
    net: 'WideResNet',
    options: { ...wide, sub_block1: true },
    model: () => wideResnet({ ...IMAGES, ...WIDE }),
  },
  {
    name: 'wide-wrapped',
    net: 'WideResNet',
    options: wide,
    model: () => wideResnet({ ...IMAGES, ...WIDE }),
    save: { subBlock1: false },
  },
  {
    name: 'dm-wide',
    net: 'DMWideResNet',
    options: { ...wide, mean, std },
    model: () => dmWideResnet({ ...IMAGES, ...WIDE, normalization: CIFAR10_NORMALIZATION }),
  },
  {
    name: 'legacy-dm-wide-constants',
    net: 'DMWideResNet',
    options: wide,
    model: () => dmWideResnet({ ...IMAGES, ...WIDE }),
  },
  {
    name: 'dm-preact',
    net: 'DMPreActResNet',
    options: { ...stages, mean, std },
    model: () => dmPreactResnet({ ...IMAGES, ...STAGES, normalization: CIFAR10_NORMALIZATION }),
  },
];

/**
 * A Python with PyTorch (Debian's package python3-torch), if installed. Only on the cpu back end, because the files do not depend on the
 * back end.
 */
const python =
  testBackend() === 'cpu'
    ? ['python3', '/usr/bin/python3'].find(
        (command) => spawnSync(command, ['-c', 'import torch'], { timeout: 60_000 }).status === 0,
      )
    : undefined;

describe.skipIf(python === undefined)(
  'interoperation with PyTorch (skipped without a python3 that imports torch, and on other back ends than cpu)',
  () => {
    let folder = '';
    const sides = new Set(JOBS.map(({ size = SIZE }) => size));
    const images = new Map([...sides].map((side) => [side, createRng(3).uniform<tf.Rank.R4>([COUNT, side, side, 3])]));
    const imagesOf = (side: number): tf.Tensor4D => images.get(side) ?? tf.zeros([1, side, side, 3]);
    const file = (name: string): string => join(folder, name);
    const floats = (name: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(file(name))).buffer);
    const logits = (model: LayersModel, side: number): tf.Tensor =>
      asClassifier(model).logits(imagesOf(side), 'inference');
    const models = new Map(JOBS.map(({ name, model }) => [name, model()]));

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'st-torch-'));
      for (const [side, batch] of images) {
        const values = tf.transpose(batch, [0, 3, 1, 2]).dataSync().slice();
        writeFileSync(file(`images-${side}.bin`), new Uint8Array(values.buffer));
      }
      for (const { name, save, size = SIZE } of JOBS) {
        const model = models.get(name);
        if (!model) continue;
        asClassifier(model).logits(imagesOf(size), 'batch-tracking').dispose(); // so that the statistics differ from the initial ones
        writeFileSync(file(`${name}.pt`), writePytorch(await pytorchStateDict(model, save)));
      }
      const jobs = JOBS.map(({ name, net, options, size = SIZE }) => ({ name, net, options, images: [COUNT, size] }));
      writeFileSync(file('jobs.json'), JSON.stringify(jobs));
      const script = fileURLToPath(new URL('../../fixtures/published_nets.py', import.meta.url));
      execFileSync(python ?? '', [script, folder], { stdio: ['ignore', 'inherit', 'pipe'], timeout: 300_000 });
    }, 400_000);

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(JOBS)(
      '$name: load_state_dict(strict=True) loads our file, and PyTorch’s logits equal ours',
      ({ name, size = SIZE }) => {
        const model = models.get(name);
        expect(model && logits(model, size).shape).toEqual([COUNT, 4]);
        if (model) expectClose(logits(model, size), floats(`${name}.logits`), 1e-5);
      },
    );

    it.each(JOBS)(
      '$name: loadPretrained loads PyTorch’s file, and our logits equal PyTorch’s',
      async ({ name, load, size = SIZE }) => {
        const isConstant = name.includes('constants'); // the file has no normalization, but the default is the published one
        const { model, recognized } = await loadPretrained(file(`${name}.back.pt`), {
          imageSize: [size, size],
          ...load,
          ...(isConstant && { normalization: 'none' }),
        });
        expect(recognized.format).toBe(name.startsWith('legacy') ? 'pytorch-legacy' : 'pytorch-zip');
        expect(recognized.at).toBe('model_state_dict');
        expect(recognized.prefix).toBe(name.endsWith('wrapped') ? 'module.' : '');
        expectClose(logits(model, size), floats(`${name}.back.logits`), 1e-5);
      },
    );
  },
);
