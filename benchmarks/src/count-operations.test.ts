import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { countOperations } from './count-operations.ts';

/** 2 x (2 x 4 x 4 x 5 outputs) x (3 x 3 x 3 summands). */
const FORWARD = 2 * (2 * 4 * 4 * 5) * (3 * 3 * 3);

const convolution = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same');

describe('countOperations', () => {
  it('counts a convolution with stride 2 by its outputs', async () => {
    const [x, filter] = [tf.ones([2, 8, 8, 3]), tf.ones([3, 3, 3, 5])];
    expect(await countOperations(() => convolution(x, filter).dispose())).toBe(FORWARD);
    tf.dispose([x, filter]);
  });

  it('counts each gradient like the forward pass', async () => {
    const [x, filter] = [tf.ones([2, 8, 8, 3]), tf.ones([3, 3, 3, 5])];
    const both = tf.grads((a, b) => tf.sum(convolution(a as tf.Tensor, b as tf.Tensor)));
    expect(await countOperations(() => tf.dispose(both([x, filter])))).toBe(3 * FORWARD);
    tf.dispose([x, filter]);
  });

  it('counts matrix products, transposed and batched, and nothing else', async () => {
    const [a, b] = [tf.ones([4, 6, 7]), tf.ones([4, 5, 7])];
    const count = await countOperations(() => tf.dispose(tf.tidy(() => tf.relu(tf.matMul(a, b, false, true)))));
    expect(count).toBeCloseTo(2 * 4 * 6 * 7 * 5, 6);
    tf.dispose([a, b]);
  });
});
