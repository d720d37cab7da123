import * as tf from '@tensorflow/tfjs-core';

/**
 * Clips points to [0, 1], but takes none farther from its image than it is: to [min(0, c), max(1, c)]. For images in [0, 1] that is the box;
 * the pixels of others are not moved into it, which would be farther than any epsilon.
 * @returns Same shape; the caller disposes it.
 */
export function clipAround(points: tf.Tensor4D, center: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.minimum(tf.maximum(points, tf.minimum(center, 0)), tf.maximum(center, 1)));
}
