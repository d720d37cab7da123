import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dlrPerExample, targetedDlrPerExample } from './dlr.ts';
import { margin } from './margin.ts';

const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

const LOGITS = [
  [0.1, 1.3, -0.7, 2.9],
  [2.2, -1.1, 0.4, 3.6],
];

describe('dlrPerExample', () => {
  it('is the margin divided by the difference of the largest and the third largest logit', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [4, 3, 1, -2],
        [4, 3, 1, -2],
        [4, 3, 1, -2],
      ]);
      expectClose(dlrPerExample(logits, labels(0, 1, 3)), [-1 / 3, 1 / 3, 2]);
    });
  });

  it('is 0 with a finite gradient where all logits are equal', () => {
    tf.tidy(() => {
      const equal = tf.ones<tf.Rank.R2>([1, 5]);
      expectClose(dlrPerExample(equal, labels(2)), [0]);
      const gradient = tf.grad((z) => tf.sum(dlrPerExample(z as tf.Tensor2D, labels(2))))(equal);
      expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
    });
  });

  it('has the gradient of finite differences for correct and wrong predictions', () => {
    const logits = tf.tensor2d(LOGITS);
    for (const y of [labels(3, 3), labels(2, 0)]) {
      expectGradient((z) => tf.sum(dlrPerExample(z as tf.Tensor2D, y)), logits);
      y.dispose();
    }
    logits.dispose();
  });

  it('is invariant to shift and scale of the logits, and has the sign of the margin', () => {
    const logit = fc.integer({ min: -20, max: 20 });
    const row = fc.uniqueArray(logit, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(row, fc.nat(4), fc.integer({ min: 1, max: 50 }), logit, (values, label, scale, shift) => {
        tf.tidy(() => {
          const logits = tf.tensor2d([values]);
          const y = labels(label);
          const loss = dlrPerExample(logits, y);
          const moved = tf.add(tf.mul(logits, scale), shift) as tf.Tensor2D;
          expectClose(dlrPerExample(moved, y), loss);
          expect(Math.sign(loss.dataSync()[0] ?? Number.NaN)).toBe(Math.sign(margin(logits, y).dataSync()[0] ?? 0));
        });
      }),
      { numRuns: 30, seed: 5 },
    );
  });

  it('rejects fewer than 3 classes with the reason, and mismatched labels', () => {
    tf.tidy(() => {
      expect(() => dlrPerExample(tf.ones([1, 2]), labels(0))).toThrow(
        '[@st/losses] dlrPerExample: logits must have at least 3 classes, got 2. The loss divides by a difference to the third largest logit',
      );
      expect(() => dlrPerExample(tf.ones([2, 3]), labels(0))).toThrow('labels must be int32 [2]');
    });
  });

  it('returns one tensor and leaks none', () => {
    const logits = tf.tensor2d(LOGITS);
    const y = labels(0, 1);
    expect(countTensors(() => dlrPerExample(logits, y).dispose())).toBe(0);
    expect(countTensors(() => targetedDlrPerExample(logits, y, y).dispose())).toBe(0);
    tf.dispose([logits, y]);
  });
});

describe('targetedDlrPerExample', () => {
  it('is the margin to the target divided by the difference of the largest logit and the mean of the third and fourth', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([
        [4, 3, 1, -2, -9],
        [4, 3, 1, -2, -9],
      ]);
      expectClose(targetedDlrPerExample(logits, labels(0, 3), labels(2, 0)), [-3 / 4.5, 6 / 4.5]);
    });
  });

  it('has the gradient of finite differences', () => {
    const logits = tf.tensor2d(LOGITS);
    const y = labels(3, 0);
    const target = labels(1, 2);
    expectGradient((z) => tf.sum(targetedDlrPerExample(z as tf.Tensor2D, y, target)), logits);
    tf.dispose([logits, y, target]);
  });

  it('rejects fewer than 4 classes with the reason, and mismatched targets', () => {
    tf.tidy(() => {
      expect(() => targetedDlrPerExample(tf.ones([1, 3]), labels(0), labels(1))).toThrow(
        'logits must have at least 4 classes, got 3. The loss divides by a difference to the fourth largest logit',
      );
      expect(() => targetedDlrPerExample(tf.ones([1, 4]), labels(0), labels(1, 2))).toThrow(
        'targets must be int32 [1]',
      );
    });
  });
});
