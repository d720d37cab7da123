import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

import { blockedLength, blockedSum } from './blocked-sum.ts';

const TERMS = 1024 * 1024 * 3;

it('sums rows of any length', () => {
  tf.tidy(() => {
    for (const terms of [1, 15, 16, 17, 257, 4099]) {
      const rows = tf.reshape(tf.range(0, 2 * terms, 1, 'float32'), [2, terms]) as tf.Tensor2D;
      const sum = (terms * (terms - 1)) / 2;
      expect(Array.from(blockedSum(rows).dataSync())).toEqual([Math.fround(sum), Math.fround(sum + terms * terms)]);
    }
  });
});

it.each([0.01, 0.3])('has an error below 3e-7 for 3 million terms of %s, compared with float64', (term) => {
  tf.tidy(() => {
    const [sum = Number.NaN] = blockedSum(tf.fill([1, TERMS], term)).dataSync();
    expect(Math.abs(sum / (TERMS * Math.fround(term)) - 1)).toBeLessThan(3e-7);
    const [length = Number.NaN] = blockedLength(tf.fill([3, TERMS / 3], term)).dataSync();
    expect(Math.abs(length / (Math.sqrt(TERMS) * Math.fround(term)) - 1)).toBeLessThan(3e-7);
  });
});

it('has the gradient of a sum, and leaks no tensor', () => {
  const rows = tf.ones<tf.Rank.R2>([2, 40]);
  expect(countTensors(() => tf.dispose([blockedSum(rows), blockedLength(rows)]))).toBe(0);
  tf.tidy(() => {
    const slope = tf.grad((x) => tf.sum(tf.square(blockedSum(x as tf.Tensor2D))))(rows);
    expectClose(slope, new Array(80).fill(80));
  });
  rows.dispose();
});
