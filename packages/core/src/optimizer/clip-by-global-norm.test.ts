import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { clipByGlobalNorm } from './clip-by-global-norm.ts';

describe('clipByGlobalNorm', () => {
  it('scales all gradients by one factor, so that their global norm is maxNorm', () => {
    tf.tidy(() => {
      // ||(3, 4, 12)|| = 13
      const gradients = new Map<string, tf.Tensor>([
        ['kernel', tf.tensor2d([3, 4], [1, 2])],
        ['bias', tf.tensor1d([12])],
      ]);
      const clipped = clipByGlobalNorm(gradients, 6.5);
      expectClose(clipped.get('kernel') ?? [], [1.5, 2]);
      expectClose(clipped.get('bias') ?? [], [6]);
    });
  });

  it('does not change gradients within the norm, zero gradients, or an empty map', () => {
    tf.tidy(() => {
      const small = new Map([['w', tf.tensor1d([0.3, -0.4])]]);
      expect(clipByGlobalNorm(small, 0.6).get('w')?.dataSync()).toEqual(small.get('w')?.dataSync());
      expectClose(clipByGlobalNorm(new Map([['w', tf.zeros([2])]]), 1).get('w') ?? [], [0, 0]);
      expect(clipByGlobalNorm(new Map(), 1).size).toBe(0);
    });
  });

  it('borrows its arguments and returns one tensor per gradient', () => {
    const gradients = new Map([
      ['a', tf.ones([3])],
      ['b', tf.ones([2, 2])],
    ]);
    expect(countTensors(() => tf.dispose([...clipByGlobalNorm(gradients, 1).values()]))).toBe(0);
    expectClose(gradients.get('a') ?? [], [1, 1, 1]);
    tf.dispose([...gradients.values()]);
  });
});
