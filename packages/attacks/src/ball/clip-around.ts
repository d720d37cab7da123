import * as tf from '@tensorflow/tfjs-core';

/**
 * Clips each pixel of a point to [min(0, c), max(1, c)], c the pixel of its image. For images in [0, 1] that is the box. A pixel of an image outside
 * the box is not forced into it, since that could move it by more than epsilon.
 * @returns Same shape; the caller disposes it.
 */
export function clipAround(points: tf.Tensor4D, center: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.minimum(tf.maximum(points, tf.minimum(center, 0)), tf.maximum(center, 1)));
}
