import { type BackendName, useBackend } from '@st/backend';
import * as tf from '@tensorflow/tfjs-core';

/** The values of the tensors that `work` makes on another back end; afterwards the back end under test is active again. */
export async function valuesOn(
  backend: Extract<BackendName, 'cpu' | 'wasm'>,
  work: () => tf.Tensor | tf.Tensor[],
): Promise<tf.DataValues[]> {
  const active = tf.getBackend();
  await useBackend(backend);
  try {
    const made = [work()].flat();
    const values = made.map((tensor) => tensor.dataSync());
    tf.dispose(made);
    return values;
  } finally {
    await tf.setBackend(active);
  }
}
