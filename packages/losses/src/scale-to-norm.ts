import * as tf from '@tensorflow/tfjs-core';

/** Published guard of the division: a direction of zeros stays one. It vanishes beside any norm that is not 0. */
const SMALLEST_NORM = 1e-20;

/** The displacement `gamma ||w|| / (||d|| + 1e-20) d` of a weight tensor w along d. Runs inside the caller's tidy. */
export function scaleToNorm(gamma: number, weight: tf.Tensor, direction: tf.Tensor): tf.Tensor {
  const ratio = tf.div(tf.norm(weight), tf.add(tf.norm(direction), SMALLEST_NORM));
  return tf.mul(tf.mul(gamma, ratio), direction);
}
