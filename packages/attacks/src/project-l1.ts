import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';

/**
 * Projects onto the l1 ball, exactly: c + sign(d) max(|d| - t, 0) with d = x - c and the least t >= 0 that makes the absolute values sum
 * to at most epsilon, found by sorting: t = max_k (sum of the k largest |d| - epsilon) / k.
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point in l2; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 * @see Duchi et al. 2008, "Efficient projections onto the l1-ball", figure 1
 */
export function projectL1(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape('[@st/attacks] projectL1', 'x', x, center.shape);
  return tf.tidy(() => {
    const delta = flatRows(tf.sub(x, center));
    const size = tf.abs(delta);
    const width = delta.shape[1];
    const largestSums = tf.cumsum(tf.topk(size, width).values, 1);
    const count = tf.range(1, width + 1, 1, 'float32');
    const threshold = tf.relu(tf.max(tf.div(tf.sub(largestSums, epsilon), count), 1, true));
    const shrunk = tf.mul(tf.sign(delta), tf.relu(tf.sub(size, threshold)));
    return tf.add(center, tf.reshape(shrunk, x.shape));
  });
}
