import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CheckpointStore, createRng, fit, type Objective, SGD } from '@st/core';
import { memoryStore } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { augmented } from './augment/augmented.ts';
import { CIFAR10_AUGMENTATION } from './augment/cifar10-augmentation.ts';
import type { PixelSource } from './dataset/plain-pixels.ts';
import { arrayDataset } from './sets/array-dataset.ts';
import { readThrough } from './sets/cifar10/pixel-cache.ts';

const IMAGES = 24;
const BYTES = IMAGES * 8 * 8 * 3;
const STOPPED = 5;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-resumed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads pixels as a reader of data sets does: from the cache, or decoded and then cached. */
async function read(cacheFolder: string): Promise<{ pixels: Uint8Array; decoded: boolean }> {
  let decoded = false;
  const pixels = await readThrough({ folder: cacheFolder, file: 'pixels' }, 'noise', BYTES, async (target) => {
    decoded = true;
    const rng = createRng(7);
    for (let i = 0; i < target.length; i++) target[i] = rng.integer(256);
  });
  return { pixels, decoded };
}

/** Cross-entropy on the images as they are. */
const natural: Objective = {
  search: (_classifier, { images, labels }) => ({ labels: tf.clone(labels), views: { natural: tf.clone(images) } }),
  loss: (classifier, { labels, views }) => {
    const logits = classifier.logits(views.natural, 'batch-tracking');
    return { total: tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 3), logits) };
  },
  wrapUpdate: (_classifier, _examples, update) => update(),
};

/** Trains up to step `until` with crops and flips, resuming from `checkpoint` if it holds a run; returns the weights. */
async function train(pixels: PixelSource, checkpoint: CheckpointStore, until = 9): Promise<number[][]> {
  const labels = Uint8Array.from({ length: IMAGES }, (_, i) => i % 3);
  const plain = arrayDataset({ name: 'noise', pixels, labels, imageShape: [8, 8, 3], classes: 3 });
  const kernelInitializer = initializers.glorotUniform({ seed: 1 });
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8, 3] }),
      layers.batchNormalization({ name: 'norm' }),
      layers.dense({ name: 'logits', units: 3, kernelInitializer }),
    ],
  });
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
  const controller = new AbortController();
  await fit(model, augmented(plain, CIFAR10_AUGMENTATION), {
    ...{ objective: natural, optimizer, checkpoint, resume: true },
    ...{ epochs: 3, batchSize: 8, seed: 1, signal: controller.signal },
    onEvent: (event) => {
      if (event.type === 'step' && event.step >= until) controller.abort();
    },
  });
  const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
  model.dispose();
  optimizer.dispose();
  return weights;
}

it.each([
  ['the cache', async (cache: string) => (await read(cache)).pixels],
  ['a Buffer of the cache’s file', async (cache: string) => readFileSync(join(cache, 'pixels')).subarray(-BYTES)],
])('a run on decoded pixels ends in the same weights bit for bit if it is resumed on those of %s', async (_, again) => {
  const cache = mkdtempSync(join(folder, 'cache-'));
  const whole = await read(cache);
  expect(whole.decoded).toBe(true);
  const uninterrupted = await train(whole.pixels, memoryStore());

  const other = mkdtempSync(join(folder, 'cache-'));
  const store = memoryStore();
  const first = await read(other);
  expect(first.decoded).toBe(true);
  const stopped = await train(first.pixels, store, STOPPED);
  expect(stopped).not.toEqual(uninterrupted);
  expect((await read(other)).decoded).toBe(false);
  expect(await train(await again(other), store)).toEqual(uninterrupted);
  expect(await train(await again(other), memoryStore())).toEqual(uninterrupted);
});
