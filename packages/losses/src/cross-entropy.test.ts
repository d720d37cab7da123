import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { crossEntropy, crossEntropyPerExample } from './cross-entropy.ts';

const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

describe('crossEntropy', () => {
  it('is log 2 for two equal logits, and the mean over the batch', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1, 1],
        [0, Math.log(3)],
      ]);
      expectClose(crossEntropyPerExample(logits, labels(0, 0)), [Math.log(2), Math.log(4)]);
      expectClose(crossEntropy(logits, labels(0, 0)), [Math.log(8) / 2]);
    });
  });

  it('spreads the smoothed share of the label evenly over all classes', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([[0, Math.log(3)]]); // probabilities 1/4, 3/4
      const [first, second] = [Math.log(4), Math.log(4 / 3)];
      expectClose(crossEntropy(logits, labels(0), { labelSmoothing: 0.2 }), [0.9 * first + 0.1 * second]);
      expectClose(crossEntropyPerExample(logits, labels(1), { labelSmoothing: 0.5 }), [0.25 * first + 0.75 * second]);
      expectClose(crossEntropy(logits, labels(0), { labelSmoothing: 0 }), [first]);
    });
    const logits = tf.tensor2d([[0.3, -1, 2]]);
    const y = labels(1);
    expectGradient((z) => crossEntropy(z as tf.Tensor2D, y, { labelSmoothing: 0.3 }), logits);
    expect(countTensors(() => crossEntropy(logits, y, { labelSmoothing: 0.3 }).dispose())).toBe(0);
    tf.dispose([logits, y]);
  });

  it.each([1, -0.1, Number.NaN])('rejects label smoothing of %d', (labelSmoothing) => {
    tf.tidy(() => {
      expect(() => crossEntropy(tf.ones<tf.Rank.R2>([1, 2]), labels(0), { labelSmoothing })).toThrow(
        `[@st/losses] crossEntropy: labelSmoothing must be a finite number in [0, 1), got ${labelSmoothing}.`,
      );
    });
  });

  it('has a finite value and gradient for logits of +-1e4', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [1e4, -1e4],
        [-1e4, 1e4],
      ]);
      expectClose(crossEntropyPerExample(logits, labels(0, 0)), [0, 2e4]);
      const gradient = tf.grad((z) => crossEntropy(z as tf.Tensor2D, labels(0, 0)))(logits);
      expectClose(gradient, [0, 0, -0.5, 0.5]);
    });
  });

  it('has the gradient of finite differences', () => {
    const logits = tf.randomNormal<tf.Rank.R2>([3, 4], 0, 2, 'float32', 5);
    const y = labels(1, 3, 0);
    expectGradient((z) => crossEntropy(z as tf.Tensor2D, y), logits);
    tf.dispose([logits, y]);
  });

  it('returns one tensor and leaks none', () => {
    const logits = tf.ones<tf.Rank.R2>([2, 3]);
    const y = labels(0, 1);
    expect(countTensors(() => crossEntropy(logits, y).dispose())).toBe(0);
    expect(countTensors(() => crossEntropyPerExample(logits, y).dispose())).toBe(0);
    tf.dispose([logits, y]);
  });

  it('rejects logits and labels of the wrong shape or dtype', () => {
    tf.tidy(() => {
      const logits = tf.ones<tf.Rank.R2>([2, 3]);
      expect(() => crossEntropy(tf.ones<tf.Rank>([3]) as tf.Tensor2D, labels(0))).toThrow(
        "[@st/losses] crossEntropy: logits must be float32 [batch, classes], got Tensor float32 [3]. Pass the model's output before softmax.",
      );
      expect(() => crossEntropy(logits, labels(0))).toThrow(
        'labels must be int32 [2], got Tensor int32 [1]. Use tf.tensor1d(values, "int32").',
      );
      expect(() => crossEntropy(logits, tf.tensor1d([0, 1]))).toThrow('got Tensor float32 [2]');
      expect(() => crossEntropy(logits, tf.ones<tf.Rank>([2, 3]) as tf.Tensor1D)).toThrow(
        'For one-hot labels pass tf.argMax(labels, 1).',
      );
    });
  });
});
