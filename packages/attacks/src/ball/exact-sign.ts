import * as tf from '@tensorflow/tfjs-core';

/** sign(g) by comparison, with sign(NaN) = 0: the `Sign` kernel of tfjs's wasm back end takes everything below 1.2e-7 for 0, and first steps have such gradients. */
export function exactSign<T extends tf.Tensor>(values: T): T {
  return tf.tidy(() => tf.sub(tf.cast(tf.greater(values, 0), 'float32'), tf.cast(tf.less(values, 0), 'float32')));
}
