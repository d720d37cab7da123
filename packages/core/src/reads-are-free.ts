import * as tf from '@tensorflow/tfjs-core';

/** Back ends whose ops have finished when they return: reading one number back waits for nothing. */
const SYNCHRONOUS_BACKENDS: readonly string[] = ['cpu', 'wasm', 'st-wasm', 'native', 'tensorflow'];

/**
 * Whether the back end in use computes synchronously, so that values read back may save work or be checked within a step. On the others
 * (webgl, webgpu, and any unknown one) a read would stall the device's queue.
 */
export function readsAreFree(): boolean {
  return SYNCHRONOUS_BACKENDS.includes(tf.getBackend());
}
