import * as tf from '@tensorflow/tfjs-core';

/** The values with 1 in place of 0: a divisor that leaves a zero numerator 0 instead of NaN. */
export function nonZero<T extends tf.Tensor>(values: T): T {
  return tf.tidy(() => tf.where(tf.equal(values, 0), tf.onesLike(values), values));
}
