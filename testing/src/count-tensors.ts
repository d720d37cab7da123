import * as tf from '@tensorflow/tfjs-core';

/** The number of tensors that `work` leaks: allocated, but neither disposed nor freed by a tidy. */
export function countTensors(work: () => void): number {
  const before = tf.memory().numTensors;
  work();
  return tf.memory().numTensors - before;
}
