import * as tf from '@tensorflow/tfjs-core';

import { checkSameLogits } from './check-logits.ts';

/**
 * Mean squared l2 distance between probabilities: (1/n) sum_i ||softmax(upper_i) - softmax(lower_i)||^2; in [0, 2].
 * @param upper - Logits float32 `[batch, classes]`.
 * @param lower - Logits of the same shape.
 * @returns A scalar; the caller disposes it.
 * @throws {ShapeError} for other ranks or dtypes, or different shapes.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4
 */
export function squaredL2(upper: tf.Tensor2D, lower: tf.Tensor2D): tf.Scalar {
  checkSameLogits('[@st/losses] squaredL2', upper, lower);
  return tf.tidy(() => tf.mean(tf.sum(tf.square(tf.sub(tf.softmax(upper), tf.softmax(lower))), 1)));
}
