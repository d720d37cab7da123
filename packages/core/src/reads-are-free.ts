import * as tf from '@tensorflow/tfjs-core';

/** Back ends on which reading a number back does not stall the computation. */
const SYNCHRONOUS_BACKENDS: readonly string[] = ['cpu', 'wasm', 'st-wasm', 'native', 'tensorflow'];

/**
 * Whether the active back end computes synchronously, so that a step may read values back to check them or to save work. On others (webgl, webgpu, and
 * unknown ones) a read would stall the device's queue.
 */
export function readsAreFree(): boolean {
  return SYNCHRONOUS_BACKENDS.includes(tf.getBackend());
}
