import type { JsonObject } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/**
 * What a run records of a preset, and a resumed one must share: the method and its options, the preset's own defaults among them. A start
 * given as a tensor is known by its shape.
 */
export function presetSettings(method: string, options: object): JsonObject {
  const text = JSON.stringify({ method, ...options }, (_key, value: unknown) =>
    value instanceof tf.Tensor ? `tensor [${value.shape}]` : value,
  );
  return JSON.parse(text); // what is undefined is gone
}
