import type { Norm } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { steepestDirection } from './steepest-direction.ts';

const image = (...values: number[]): tf.Tensor4D => tf.tensor4d(values, [1, 1, values.length, 1]);

describe('steepestDirection', () => {
  it('is the sign for linf, with sign(0) = 0', () => {
    tf.tidy(() => expectClose(steepestDirection('linf', image(-3, 0, 1e-30)), [-1, 0, 1]));
  });

  it('is the unit gradient for l2, however small the gradient', () => {
    tf.tidy(() => {
      expectClose(steepestDirection('l2', image(3, -4)), [0.6, -0.8]);
      expectClose(steepestDirection('l2', image(3e-30, -4e-30)), [0.6, -0.8]);
    });
  });

  it('is sign(g) / k on the k pixels of largest gradient for l1, k being 1 %', () => {
    tf.tidy(() => {
      expectClose(steepestDirection('l1', image(1, -5, 2)), [0, -1, 0]);
      const gradient = tf.reshape(tf.range(-150, 50), [1, 10, 20, 1]) as tf.Tensor4D; // 200 pixels: two of them move
      const direction = steepestDirection('l1', gradient).dataSync();
      expect([...direction].filter((value) => value !== 0)).toEqual([-0.5, -0.5]);
      expect([...direction.slice(0, 2)]).toEqual([-0.5, -0.5]);
    });
  });

  it.each(['linf', 'l2', 'l1'] as const)('is zero where the gradient is zero, in %s', (norm) => {
    tf.tidy(() => {
      const two = tf.tensor4d([0, 0, 2, 0], [2, 1, 2, 1]);
      expectClose(steepestDirection(norm, two), [0, 0, 1, 0]);
    });
  });

  it('leaks no tensor besides its result, and rejects an unknown norm', () => {
    const gradient = image(1, 2);
    for (const norm of ['linf', 'l2', 'l1'] as const) {
      expect(countTensors(() => steepestDirection(norm, gradient).dispose())).toBe(0);
    }
    expect(() => steepestDirection('l3' as Norm, gradient)).toThrow(
      "[@st/attacks] steepestDirection: norm must be one of 'linf', 'l2', 'l1', got 'l3'.",
    );
    gradient.dispose();
  });
});
