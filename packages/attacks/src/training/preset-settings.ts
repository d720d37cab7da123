import type { JsonObject } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The settings that a run records and a resumed run must share: the method and its options, defaults included. A start given as a tensor is
 * represented by its shape.
 */
export function presetSettings(method: string, options: object): JsonObject {
  const text = JSON.stringify({ method, ...options }, (_key, value: unknown) =>
    value instanceof tf.Tensor ? `tensor [${value.shape}]` : value,
  );
  return JSON.parse(text); // drops undefined members
}
