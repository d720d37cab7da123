import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { asClassifier } from './as-classifier.ts';
import { NO_CLASS, predictedClasses, rankedClasses, readLogits } from './predict.ts';

const { NaN: nan, NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;

describe('predictedClasses', () => {
  it('takes the largest logit of each row', () => {
    expect(predictedClasses(new Float32Array([1, 3, 2, -1, -5, -0.5]), 3, 2)).toEqual(new Int32Array([1, 2]));
  });

  it.each([
    ['equal logits', [2, 2, 1], 0],
    ['two infinite logits', [1, high, high], 1],
    ['rows of minus infinity', [low, low, low], 0],
    ['a NaN before the largest', [nan, 5, 1], NO_CLASS],
    ['a NaN after the largest', [5, 1, nan], NO_CLASS],
    ['NaN alone', [nan, nan, nan], NO_CLASS],
  ])('gives the lowest class at ties, and none if a logit is NaN: %s', (_, row, expected) => {
    expect(predictedClasses(row, 3, 1)).toEqual(new Int32Array([expected]));
  });

  it('gives no class to images without logits, or with too few', () => {
    expect(predictedClasses([1, 3, 2, 5], 3, 3)).toEqual(new Int32Array([1, NO_CLASS, NO_CLASS]));
  });

  it('agrees with the first class of rankedClasses', () => {
    const rows = Array.from({ length: 50 }, (_, i) => [0, 1, 2, 3].map((c) => (i * 7 + c * c * 3) % 5));
    expect(Array.from(predictedClasses(rows.flat(), 4, rows.length))).toEqual(rows.map((row) => rankedClasses(row)[0]));
  });
});

describe('rankedClasses', () => {
  it.each([
    [
      [1, 3, 2],
      [1, 2, 0],
    ],
    [
      [2, 2, 3, 2],
      [2, 0, 1, 3],
    ],
    [
      [low, 0, high, low, high],
      [2, 4, 1, 0, 3],
    ],
  ])('ranks %j as %j', (row, expected) => {
    expect(rankedClasses(new Float32Array(row))).toEqual(expected);
  });
});

describe('readLogits', () => {
  it('reads the logits row by row and leaks no tensor', async () => {
    const classifier = asClassifier((x: tf.Tensor4D): tf.Tensor2D => tf.reshape(x, [-1, 2]), { classes: 2 });
    const images = tf.tensor4d([0, 0.25, 0.5, 1], [2, 1, 1, 2]);
    const before = tf.memory().numTensors;
    expect(await readLogits(classifier, images)).toEqual(new Float32Array([0, 0.25, 0.5, 1]));
    expect(tf.memory().numTensors).toBe(before);
    images.dispose();
  });
});
