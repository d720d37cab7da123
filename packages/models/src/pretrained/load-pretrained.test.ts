import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier, createRng, writeSafetensors } from '@st/core';
import { encodeCheckpoint, type SafetensorsSource, type SafetensorsTensor } from '@st/core/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { dmPreactResnet } from '../nets/dm-preact-resnet.ts';
import { dmWideResnet } from '../nets/dm-wide-resnet.ts';
import { preactResnet } from '../nets/preact-resnet.ts';
import { resnet } from '../nets/resnet.ts';
import { wideResnet } from '../nets/wide-resnet.ts';
import { writePytorch } from '../pytorch/write/write-pytorch.ts';
import { pytorchStateDict } from '../weights/pytorch-state-dict.ts';
import { stateDict } from '../weights/state-dict.ts';
import type { StateTensor } from '../weights/state-tensor.ts';
import { loadPretrained } from './load-pretrained.ts';
import { modelFromStateDict } from './model-from-state-dict.ts';
import { CIFAR10_NORMALIZATION } from './published-normalization.ts';

type State = Map<string, SafetensorsTensor>;

const IMAGES = { inputShape: [8, 8, 3], seed: 1 } as const;
const OPTIONS = { imageSize: [8, 8] } as const;

const logits = (model: LayersModel): tf.Tensor =>
  asClassifier(model).logits(createRng(1).uniform<tf.Rank.R4>([2, 8, 8, 3]), 'inference');
const small = (): LayersModel => resnet({ ...IMAGES, block: 'basic', widths: [2, 3], blocks: [1, 1], classes: 4 });
const f32 = (shape: number[], value = 0): SafetensorsTensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(value),
});

describe('modelFromStateDict', () => {
  it.each<[string, LayersModel, string, object]>([
    [
      'a ResNet of basic blocks',
      resnet({ ...IMAGES, block: 'basic', widths: [2, 3, 4], blocks: [1, 2, 1], stem: 5, classes: 7 }),
      'ResNet of basic blocks [1, 2, 1] with widths [2, 3, 4] and stem 5',
      {},
    ],
    [
      'a ResNet-50 with other widths',
      resnet({ ...IMAGES, block: 'bottleneck', widths: [1, 2, 2, 2], blocks: [3, 4, 6, 3] }),
      'ResNet-50 with widths [1, 2, 2, 2]',
      {},
    ],
    [
      'a PreActResNet-18 with other widths',
      preactResnet({ ...IMAGES, widths: [2, 2, 3, 3], blocks: [2, 2, 2, 2] }),
      'PreActResNet-18 with widths [2, 2, 3, 3]',
      {},
    ],
    [
      'a PreActResNet without a last batch normalization',
      preactResnet({ ...IMAGES, widths: [2, 3], blocks: [1, 1], head: 'plain', projects: 'input' }),
      'PreActResNet of basic blocks [1, 1] with widths [2, 3]',
      { projects: 'input' },
    ],
    [
      'a PreActResNet that projects inputs, as an option says',
      preactResnet({ ...IMAGES, widths: [2, 3], blocks: [1, 1], projects: 'input' }),
      'PreActResNet of basic blocks [1, 1] with widths [2, 3]',
      { projects: 'input' },
    ],
    ['a WideResNet', wideResnet({ ...IMAGES, depth: 10, widen: 1 }), 'WRN-10-1', {}],
    [
      'a WideResNet with other widths',
      wideResnet({ ...IMAGES, depth: 16, widen: 2, widths: [2, 3, 4] }),
      'WRN-16-2 with widths [2, 3, 4]',
      {},
    ],
    [
      'a WideResNet whose widths are not multiples of its stem',
      wideResnet({ ...IMAGES, depth: 10, widen: 1, widths: [5, 3, 4], stem: 2 }),
      'WRN-10-1 with widths [5, 3, 4] and stem 2',
      {},
    ],
    [
      'a WideResNet with SiLU, as an option says',
      wideResnet({ ...IMAGES, depth: 10, widen: 1, widths: [2, 3, 4], activation: 'silu' }),
      'WRN-10-1 with widths [2, 3, 4]',
      { activation: 'silu' },
    ],
    [
      'a DMWideResNet',
      dmWideResnet({ ...IMAGES, depth: 10, widen: 1, normalization: CIFAR10_NORMALIZATION }),
      'DMWideResNet-10-1',
      {},
    ],
    [
      'a DMPreActResNet',
      dmPreactResnet({ ...IMAGES, widths: [2, 3], blocks: [1, 2], normalization: CIFAR10_NORMALIZATION }),
      'DMPreActResNet of basic blocks [1, 2] with widths [2, 3]',
      {},
    ],
  ])('recognizes %s by its names and shapes', async (_, from, name, options) => {
    const { model, recognized } = modelFromStateDict(await stateDict(from), { ...OPTIONS, ...options });
    expect(recognized.name).toBe(name);
    expectClose(logits(model), logits(from), 0);
  });

  it.each(['module.', 'model.', 'module.1.', 'net.backbone.'])(
    'removes the prefix of all names: %s',
    async (prefix) => {
      const from = small();
      const state = new Map([...(await stateDict(from))].map(([name, tensor]) => [prefix + name, tensor]));
      const { model, recognized } = modelFromStateDict(state, OPTIONS);
      expectClose(logits(model), logits(from), 0);
      expect(recognized.prefix).toBe(prefix);
      expect(recognized.line).toContain(`names without '${prefix}'`);
    },
  );

  it('ignores and lists counters, the unused block, and the copy inside an attacker', async () => {
    const from = wideResnet({ ...IMAGES, depth: 10, widen: 1, widths: [2, 3, 4] });
    const state: Map<string, StateTensor> = new Map();
    for (const [name, tensor] of await stateDict(from)) {
      state.set(`model.${name}`, tensor).set(`attacker.model.${name}`, tensor);
      if (name.startsWith('block1.')) state.set(`model.sub_${name}`, tensor);
    }
    state.set('model.bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: new BigInt64Array([7n]) });
    const { model, recognized } = modelFromStateDict(state, OPTIONS);
    expectClose(logits(model), logits(from), 0);
    expect(recognized.ignored).toHaveLength(1 + 10 + stateSize(from));
    expect(recognized.line).toContain(
      `ignored 1 counters of batches and ${stateSize(from)} tensors of the attacker and 10 tensors of sub_block1`,
    );
  });

  describe('normalizes', () => {
    const statistics = { mean: [0.5, 0.4, 0.25], std: [0.25, 0.2, 0.5] };
    const normalized = (): LayersModel =>
      resnet({ ...IMAGES, block: 'basic', widths: [2, 3], blocks: [1, 1], normalization: statistics });

    it('by the option', async () => {
      const { model, recognized } = modelFromStateDict(await stateDict(normalized()), {
        ...OPTIONS,
        normalization: statistics,
      });
      expectClose(logits(model), logits(normalized()), 0);
      expect(recognized.normalization).toEqual({ values: statistics, from: 'option' });
      expect(recognized.warnings).toEqual([]);
    });

    it.each<[string, string, number[]]>([
      ['module.normalize.mean', 'module.normalize.std', [3]],
      ['module.mu', 'module.sigma', [1, 3, 1, 1]],
      ['module.normalizer.new_mean', 'module.normalizer.new_std', [3, 1, 1]],
    ])('by the buffers %s and %s of the file', async (mean, std, shape) => {
      const state: State = new Map();
      for (const [name, tensor] of await stateDict(normalized())) state.set(`module.${name}`, tensor);
      state.set(mean, { dtype: 'F32', shape, data: Float32Array.from(statistics.mean) });
      state.set(std, { dtype: 'F32', shape, data: Float32Array.from(statistics.std) });
      const { model, recognized } = modelFromStateDict(state, OPTIONS);
      expectClose(logits(model), logits(normalized()), 1e-6);
      expect(recognized.normalization.from).toBe('file');
      expect(recognized.line).toContain('normalized by mean (0.5, 0.4, 0.25) and std (0.25, 0.2, 0.5) from the file');
      const none = modelFromStateDict(state, { ...OPTIONS, normalization: 'none' });
      expect(none.recognized.line).toContain('no normalization, as asked');
      expect(none.model.layers.map((layer) => layer.name)).not.toContain('normalize');
    });

    it('by one value for all channels', async () => {
      const state = await stateDict(small());
      state.set('mean', f32([1], 0.5)).set('std', f32([1], 0.25));
      expect(modelFromStateDict(state, OPTIONS).recognized.normalization.values).toEqual({
        mean: [0.5, 0.5, 0.5],
        std: [0.25, 0.25, 0.25],
      });
      state.set('mean', f32([2], 0.5)).set('std', f32([2], 0.25));
      expect(() => modelFromStateDict(state, OPTIONS)).toThrow(
        "[@st/models] modelFromStateDict: 'mean' and 'std' must have one value, or 3: one per channel of the images, got 2. Pass normalization to replace them.",
      );
    });

    it('not at all by default, with a warning', async () => {
      const { model, recognized } = modelFromStateDict(await stateDict(small()), OPTIONS);
      expectClose(logits(model), logits(small()), 0);
      expect(recognized.normalization).toEqual({ values: undefined, from: 'default' });
      expect(recognized.warnings).toEqual([
        'a state_dict does not record whether images were normalized: if they were, pass normalization: { mean, std }',
      ]);
      expect(recognized.line).toBe(
        'ResNet of basic blocks [1, 1] with widths [2, 3], 4 classes, ReLU; no normalization; a state_dict does not record whether images were normalized: if they were, pass normalization: { mean, std }.',
      );
    });

    it('not by buffers with std 0, which are rejected as unexpected tensors', async () => {
      const state = await stateDict(small());
      state.set('mean', f32([3], 0.5)).set('std', f32([3], 0));
      expect(() => modelFromStateDict(state, OPTIONS)).toThrow("not in the model: 'mean', 'std'.");
    });
  });

  it.each<[string, (state: State) => void, string]>([
    [
      'names of an unknown family',
      (state) => {
        state.clear();
        state.set('features.0.weight', f32([4, 3, 3, 3])).set('features.0.bias', f32([4]));
      },
      "must be the state_dict of a ResNet, PreActResNet or WideResNet for small images, whose names contain one of 'block1.layer.0.', 'layer.0.block.0.', 'layer_0.0.', 'layer1.0.'; got 'features.0.weight' [4, 3, 3, 3], 'features.0.bias' [4].",
    ],
    ['an empty state_dict', (state) => state.clear(), 'got no tensor. Build the model yourself'],
    [
      'a missing tensor that determines a size',
      (state) => void state.delete('layer2.0.conv1.weight'),
      "the network's sizes are read from 'layer2.0.conv1.weight', but it is missing.",
    ],
    [
      'a tensor of another rank that determines a size',
      (state) => void state.set('linear.weight', f32([])),
      "the network's sizes are read from 'linear.weight', but it is [].",
    ],
    [
      'other missing and extra tensors',
      (state) => {
        state.delete('bn1.bias');
        state.set('linear.scale', f32([1]));
      },
      "the tensors must be those of the model 'resnet-of-basic-blocks-1-1-with-widths-2-3'; missing: 'bn1.bias'; not in the model: 'linear.scale'.",
    ],
    [
      'a misshapen tensor',
      (state) => void state.set('linear.weight', f32([4, 2])),
      "misshapen: 'linear.weight' is [4, 2], the model needs [4, 3].",
    ],
    [
      'widths that need more values than the tensors hold',
      (state) => void state.set('layer1.0.conv1.weight', { ...f32([0]), shape: [1e6, 0, 3, 3] }),
      'widths [1000000, 3] with blocks [1, 1], stem 2 and 4 classes need more than the 307 values of the tensors.',
    ],
    [
      'a single output',
      (state) => void state.set('linear.weight', f32([1, 3])).set('linear.bias', f32([1])),
      "the network has a single output, 'linear.weight' [1, 3], but a classifier needs one output per class.",
    ],
  ])('rejects %s, and leaks no tensor', async (_, change, message) => {
    const state = await stateDict(small());
    change(state);
    expect(() => modelFromStateDict(state, OPTIONS)).toThrow(message);
    expect(() => modelFromStateDict(state, OPTIONS)).toThrow(/^\[@st\/models\] modelFromStateDict: /);
    expect(() => modelFromStateDict(state, OPTIONS)).toThrow(expect.objectContaining({ code: 'ST_CHECKPOINT' }));
    expect(countTensors(() => expect(() => modelFromStateDict(state, OPTIONS)).toThrow())).toBe(0);
  });

  it.each<[object, string]>([
    [{ normalisation: 'none' }, "unknown option 'normalisation'."],
    [
      { normalization: 'cifar10' },
      "normalization must be { mean, std } with one number per channel, or 'none', got 'cifar10'.",
    ],
    [{ imageSize: 32 }, 'imageSize must be [height, width], got 32.'],
    [{ imageSize: [0, 32] }, 'imageSize[0] must be an integer >= 1, got 0.'],
    [{ activation: 'gelu' }, "activation must be one of 'relu', 'silu', got 'gelu'."],
    [{ projects: 'nothing' }, "projects must be one of 'activated', 'input', got 'nothing'."],
  ])('rejects invalid options: %o', async (options, message) => {
    const state = await stateDict(preactResnet({ ...IMAGES, widths: [2], blocks: [1] }));
    expect(() => modelFromStateDict(state, options)).toThrow(message);
    expect(() => modelFromStateDict(state, options)).toThrow(expect.objectContaining({ code: 'ST_INVALID_ARGUMENT' }));
  });
});

describe('loadPretrained', () => {
  it('reads bytes, a Blob and a path, and reports the format', async () => {
    const from = small();
    const bytes = writeSafetensors(await stateDict(from));
    const folder = await mkdtemp(join(tmpdir(), 'st-pretrained-'));
    const path = join(folder, 'net.safetensors');
    await writeFile(path, bytes);
    for (const file of [bytes, new Blob([Uint8Array.from(bytes)]), path]) {
      const { model, classifier, recognized } = await loadPretrained(file, OPTIONS);
      expectClose(logits(model), logits(from), 0);
      expect(classifier.classes).toBe(4);
      expect(recognized).toMatchObject({ format: 'safetensors', classes: 4, activation: 'relu', prefix: '' });
      expect(recognized.line).toMatch(/; from a safetensors file\.$/);
    }
    await rm(folder, { recursive: true });
  });

  it('reads a safetensors file whose header length has the bytes of a pickle start', async () => {
    const state = await stateDict(small());
    const written = (length: number): Uint8Array => writeSafetensors(state, { note: ' '.repeat(length) });
    const header = new DataView(written(0).buffer).getUint32(0, true);
    const bytes = written(0x10280 - header);
    expect([...bytes.subarray(0, 2)]).toEqual([0x80, 2]);
    expect((await loadPretrained(bytes, OPTIONS)).recognized.format).toBe('safetensors');
  });

  describe('on a checkpoint of fit', () => {
    const averaged = resnet({ ...IMAGES, seed: 2, block: 'basic', widths: [2, 3], blocks: [1, 1], classes: 4 });
    const checkpoint = (updates: number, keep = (_: string): boolean => true): Uint8Array => {
      const tensors = new Map<string, SafetensorsSource>();
      for (const [model, section] of [
        [small(), ''],
        [averaged, 'average/'],
      ] as const) {
        const { parameters, statistics } = asClassifier(model);
        for (const [kind, variables] of [
          ['weights', parameters],
          ['statistics', statistics],
        ] as const) {
          for (const { name, variable } of variables) {
            const key = `${section}${kind}/${name}`;
            if (keep(key)) tensors.set(key, { shape: variable.shape, data: variable.dataSync().slice() });
          }
        }
      }
      tensors.set('optimizer/momentum/conv1/weight', { shape: [1], data: new Float32Array(1) });
      const counts = { epoch: 1, step: 2, optimizerSteps: 2, best: null, average: { updates } };
      const rng = createRng(1).state();
      return encodeCheckpoint({
        tensors,
        run: { ...counts, rng, losses: {}, backend: 'cpu', settings: {}, config: {} },
      });
    };

    it('loads averaged weights if present, else raw ones, or those of the option at', async () => {
      const best = await loadPretrained(checkpoint(5), OPTIONS);
      expectClose(logits(best.model), logits(averaged), 0);
      expect(best.recognized).toMatchObject({ format: 'st-checkpoint', at: 'averaged', others: ['raw'] });
      expect(best.recognized.line).toMatch(/; from 'averaged' of a checkpoint of @st\/core; there is also 'raw'\.$/);
      const raw = await loadPretrained(checkpoint(5), { ...OPTIONS, at: 'raw' });
      expectClose(logits(raw.model), logits(small()), 0);
      const none = await loadPretrained(checkpoint(0), OPTIONS);
      expectClose(logits(none.model), logits(small()), 0);
      expect(none.recognized).toMatchObject({ at: 'raw', others: [] });
    });

    it.each<[Uint8Array, object, string]>([
      [checkpoint(0), { at: 'averaged' }, "the bytes: must hold weights at 'averaged', but holds 'raw'."],
      [checkpoint(5), { at: 'ema' }, "must hold weights at 'ema', but holds 'averaged' and 'raw'."],
      [
        checkpoint(5, (key) => !key.startsWith('average/statistics/')),
        {},
        'the averaged weights have no running statistics, and those of the raw weights do not fit them.',
      ],
      [checkpoint(0, (key) => !key.endsWith('bn1/bias')), {}, "missing: 'bn1.bias'"],
    ])('rejects missing weights: %#', async (bytes, options, message) => {
      await expect(loadPretrained(bytes, { ...OPTIONS, ...options })).rejects.toThrow(message);
      await expect(loadPretrained(bytes, { ...OPTIONS, ...options })).rejects.toMatchObject({ code: 'ST_CHECKPOINT' });
    });
  });

  it('returns a model that has the same logits after saving and loading, including the normalization', async () => {
    const from = dmWideResnet({
      ...IMAGES,
      depth: 10,
      widen: 1,
      widths: [2, 3, 4],
      normalization: CIFAR10_NORMALIZATION,
    });
    const bytes = writePytorch(await pytorchStateDict(from));
    const { model, recognized } = await loadPretrained(bytes, OPTIONS);
    expect(recognized).toMatchObject({ format: 'pytorch-zip', normalization: { from: 'file' } });
    const saved: tf.io.ModelArtifacts[] = [];
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(handler);
    const [{ weightData, ...topology } = { weightData: undefined }] = saved;
    const json: tf.io.ModelArtifacts = JSON.parse(JSON.stringify(topology)); // as in a file
    const loaded = await loadLayersModel(tf.io.fromMemory({ ...json, weightData: weightData ?? new ArrayBuffer(0) }));
    expectClose(logits(loaded), logits(model), 0);
    expectClose(logits(loaded), logits(from), 1e-6); // the file’s mean and std are float32
  });

  it('leaks no tensor besides those of the model', async () => {
    const bytes = writeSafetensors(await stateDict(small()));
    const before = tf.memory().numTensors;
    const { model } = await loadPretrained(bytes, OPTIONS);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[string, string | Uint8Array | Blob, object, string, string]>([
    ['a missing path', '/no/such/file.pt', {}, "could not read '/no/such/file.pt': ENOENT", 'ST_DATA_FORMAT'],
    ['a folder', tmpdir(), {}, 'must be a regular file, is a folder.', 'ST_DATA_FORMAT'],
    [
      'a device',
      '/dev/zero',
      {},
      process.platform === 'linux' ? 'must be a regular file, is a device.' : '',
      'ST_DATA_FORMAT',
    ],
    ['an empty file', new Uint8Array(0), {}, 'got 0 bytes that start with nothing', 'ST_DATA_FORMAT'],
    ['another format', new TextEncoder().encode('GIF89a.......'), {}, 'start with 47 49 46 38', 'ST_DATA_FORMAT'],
    [
      'bytes larger than maxBytes',
      new Uint8Array(9),
      { maxBytes: 8 },
      'the bytes must be at most 8 bytes, got 9',
      'ST_DATA_FORMAT',
    ],
    [
      'a Blob larger than maxBytes',
      new Blob(['123456789']),
      { maxBytes: 8 },
      'the Blob must be at most 8 bytes, got 9',
      'ST_DATA_FORMAT',
    ],
    [
      'an array of numbers',
      [1, 2] as never,
      {},
      'file must be a path, a Uint8Array or a Blob, got [1, 2].',
      'ST_INVALID_ARGUMENT',
    ],
    [
      'maxBytes 0',
      new Uint8Array(0),
      { maxBytes: 0 },
      'maxBytes must be an integer >= 1, got 0',
      'ST_INVALID_ARGUMENT',
    ],
  ])('rejects %s', async (_, file, options, message, code) => {
    await expect(loadPretrained(file, options)).rejects.toThrow(message);
    await expect(loadPretrained(file, options)).rejects.toThrow('[@st/models] loadPretrained: ');
    await expect(loadPretrained(file, options)).rejects.toMatchObject({ code });
  });
});

const stateSize = (model: LayersModel): number => model.weights.length;
