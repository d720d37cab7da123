import * as tf from '@tensorflow/tfjs-core';

/** How many tensors `work` leaves behind: those it allocated and neither disposed nor was freed of by a tidy. */
export function countTensors(work: () => void): number {
  const before = tf.memory().numTensors;
  work();
  return tf.memory().numTensors - before;
}
