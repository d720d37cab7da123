import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';

/**
 * Projects onto the l-infinity ball: min(max(x, c - epsilon), c + epsilon).
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units; or one a pixel, `[1, height, width, channels]`, each dimension 1 or the images'.
 * @returns Same shape as `x`, the nearest point in every norm; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function projectLinf(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number | tf.Tensor4D): tf.Tensor4D {
  checkSameShape('[@st/attacks] projectLinf', 'x', x, center.shape);
  return tf.tidy(() => tf.minimum(tf.maximum(x, tf.sub(center, epsilon)), tf.add(center, epsilon)));
}
