import { useBackend } from '@st/backend';
import * as tf from '@tensorflow/tfjs-core';

/** What 'auto' chooses here and why it skips others, and that what it chooses computes. */
export async function choiceRun(): Promise<object> {
  const report = await useBackend('auto');
  const sum = tf.tidy(() => tf.sum(tf.square(tf.tensor1d([1, 2, 3]))).dataSync()[0]);
  return { ...report, sum };
}
