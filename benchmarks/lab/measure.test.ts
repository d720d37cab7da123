import { asClassifier } from '@st/core';
import { arrayDataset } from '@st/data';
import { wideResnet } from '@st/models';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

import { measureCost } from './measure-cost.ts';
import { measureLosses } from './measure-losses.ts';

const SIDE = 8;
const EXAMPLES = 12;
const imageShape = [SIDE, SIDE, 3] as const;

const build = () =>
  wideResnet({
    depth: 10,
    widen: 1,
    widths: [4, 4, 4],
    classes: 3,
    inputShape: [...imageShape],
    pool: 'global',
    seed: 1,
  });

function dataset() {
  const pixels = Uint8Array.from({ length: EXAMPLES * SIDE * SIDE * 3 }, (_, i) => (i * 7919) % 251);
  const labels = Uint8Array.from({ length: EXAMPLES }, (_, i) => i % 3);
  return arrayDataset({ name: 'patterns', pixels, labels, imageShape, classes: 3 });
}

it('measures lower losses at collaborative and higher ones at adversarial examples, the more so the larger the radius', async () => {
  const model = build();
  const before = tf.memory().numTensors;
  const done: number[] = [];
  const options = {
    examples: EXAMPLES,
    batchSize: 6,
    radii: [2, 8],
    onProgress: (_: number, n: number) => done.push(n),
  };
  const { natural, radii } = await measureLosses(asClassifier(model), dataset(), options);
  expect(tf.memory().numTensors).toBe(before);
  expect(done).toEqual([6, 12, 6, 12]);
  const [small, large] = radii;
  if (!small || !large) throw new Error('two radii');
  expect(large.collaborative.mean).toBeLessThan(small.collaborative.mean);
  expect(small.collaborative.mean).toBeLessThan(natural.mean);
  expect(natural.mean).toBeLessThan(small.adversarial.mean);
  expect(small.adversarial.mean).toBeLessThan(large.adversarial.mean);
  expect(small.gain).toBeCloseTo(natural.mean - small.collaborative.mean, 12);
  for (const { quantiles } of [natural, large.collaborative, large.adversarial]) {
    expect(quantiles).toHaveLength(7);
    expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
  }
  model.dispose();
});

it('measures the cost of a step without changing the weights', () => {
  const model = build();
  const classifier = asClassifier(model);
  const weights = () => classifier.parameters.map(({ variable }) => variable.dataSync<'float32'>().slice());
  const [tensors, wanted] = [tf.memory().numTensors, weights()];
  const { batches, methods, stOverTrades } = measureCost(classifier, dataset(), { batches: 2, batchSize: 4 });
  expect(tf.memory().numTensors).toBe(tensors);
  expect(batches).toBe(2);
  for (const [i, values] of weights().entries()) {
    const change = values.map((value, k) => Math.abs(value - (wanted[i]?.[k] ?? Number.NaN)));
    expect(Math.max(...change)).toBeLessThan(1e-6);
  }
  expect(Object.keys(methods)).toEqual(['AT', 'TRADES', 'ST']);
  for (const { milliseconds, searchShare } of Object.values(methods)) {
    expect(milliseconds).toBeGreaterThan(0);
    expect(searchShare).toBeGreaterThan(0);
  }
  expect(stOverTrades).toBeGreaterThan(0);
  model.dispose();
});
