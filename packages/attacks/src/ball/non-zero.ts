import * as tf from '@tensorflow/tfjs-core';

/** The values, with 1 in place of 0: what is divided by them stays 0 where they measure it. */
export function nonZero<T extends tf.Tensor>(values: T): T {
  return tf.tidy(() => tf.where(tf.equal(values, 0), tf.onesLike(values), values));
}
