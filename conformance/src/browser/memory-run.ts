import { useBackend } from '@st/backend';
import { wasmStatus } from '@st/backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import { trainAndAttack } from './train-and-attack.ts';

/** The size of WebAssembly's memory, and the number of tensors, after 5 and after 50 small networks were trained and attacked. */
export async function memoryRun(): Promise<object> {
  await useBackend('st-wasm');
  const after = (count: number) => {
    for (let i = 0; i < count; i++) trainAndAttack();
    return { bytes: wasmStatus().memoryBytes, tensors: tf.memory().numTensors };
  };
  return { first: after(5), last: after(45) };
}
