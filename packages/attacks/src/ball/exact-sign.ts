import * as tf from '@tensorflow/tfjs-core';

/** sign(g) by comparison, with sign(NaN) = 0. tfjs's `Sign` kernel on wasm returns 0 below 1.2e-7, and gradients at the first step are that small. */
export function exactSign<T extends tf.Tensor>(values: T): T {
  return tf.tidy(() => tf.sub(tf.cast(tf.greater(values, 0), 'float32'), tf.cast(tf.less(values, 0), 'float32')));
}
