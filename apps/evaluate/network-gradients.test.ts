import { fgsmAttack, linf } from '@st/attacks';
import { createRng } from '@st/core';
import { arrayDataset } from '@st/data';
import { evaluateRobustness } from '@st/evaluation';
import { dmPreactResnet, dmWideResnet, preactResnet, resnet, wideResnet } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';

const SIDE = 8;
const CLASSES = 4;
const options = { classes: CLASSES, inputShape: [SIDE, SIDE, 3] as const };

it.each<[string, (seed: number) => LayersModel]>([
  ['ResNet', (seed) => resnet({ ...options, block: 'basic', blocks: [1, 1], widths: [8, 16], stem: 8, seed })],
  [
    'bottleneck ResNet',
    (seed) => resnet({ ...options, block: 'bottleneck', blocks: [1, 1], widths: [8, 16], stem: 8, seed }),
  ],
  ['PreActResNet', (seed) => preactResnet({ ...options, blocks: [1, 1], widths: [8, 16], stem: 8, seed })],
  ['WideResNet', (seed) => wideResnet({ ...options, depth: 10, widen: 1, seed })],
  ['DMWideResNet', (seed) => dmWideResnet({ ...options, depth: 10, widen: 1, seed })],
  ['DMPreActResNet', (seed) => dmPreactResnet({ ...options, blocks: [1, 1], widths: [8, 16], seed })],
])('an evaluation finds nothing wrong with the gradients of a %s', async (_, build) => {
  const seed = 1;
  const model = build(seed);
  const pixels = createRng(seed).uniform([12, SIDE, SIDE, 3]);
  // labels are the predicted classes: only correctly classified examples are probed
  const logits = model.predict(pixels) as tf.Tensor2D;
  const dataset = arrayDataset({
    name: 'noise',
    pixels: Float32Array.from(await pixels.data()),
    labels: Array.from(await tf.tidy(() => tf.argMax(logits, 1)).data()),
    imageShape: [SIDE, SIDE, 3],
    classes: CLASSES,
  });
  const { flags } = await evaluateRobustness({
    classifier: model,
    dataset,
    attacks: [fgsmAttack({ threat: linf(8 / 255) })],
    seed,
  });
  expect(flags.filter(({ code }) => code.startsWith('gradients'))).toEqual([]);
  tf.dispose([pixels, logits]);
  model.dispose();
});
