import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { margin } from './margin.ts';

const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

describe('margin', () => {
  it('is the largest wrong logit minus the true one', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [5, 3, 1],
        [5, 3, 1],
        [-1e4, 1e4, 0],
      ]);
      expectClose(margin(logits, labels(0, 1, 1)), [-2, 2, -1e4]);
    });
  });

  it('passes its gradient to the first of several wrong classes with the largest logit', () => {
    tf.tidy(() => {
      const gradient = tf.grad((z) => tf.sum(margin(z as tf.Tensor2D, labels(1))))(tf.tensor2d([[4, 0, 4]]));
      expectClose(gradient, [1, -1, 0]);
    });
  });

  it('has the gradient of finite differences', () => {
    const logits = tf.tensor2d([
      [0.1, 1.3, -0.7],
      [2.2, -1.1, 0.4],
    ]);
    const y = labels(2, 0);
    expectGradient((z) => tf.sum(margin(z as tf.Tensor2D, y)), logits);
    tf.dispose([logits, y]);
  });

  it('returns one tensor and leaks none; rejects mismatched labels', () => {
    const logits = tf.ones<tf.Rank.R2>([2, 3]);
    const y = labels(0, 1);
    expect(countTensors(() => margin(logits, y).dispose())).toBe(0);
    expect(() => tf.tidy(() => margin(logits, labels(0)))).toThrow('[@st/losses] margin: labels must be int32 [2]');
    tf.dispose([logits, y]);
  });
});
