import * as tf from '@tensorflow/tfjs-core';

import { isObject } from '../errors/kind-of-value.ts';
import type { HeldLayer } from './model-layers.ts';

type Penalty = () => tf.Tensor;

/**
 * The sum of the penalties of the weight regularizers, once per layer, including frozen layers: the sum that tfjs's `fit` adds to the loss. Includes nested
 * models, whose penalties tfjs omits.
 * @returns Undefined if there are none.
 */
export function penaltyOf(layers: readonly HeldLayer[]): (() => tf.Scalar) | undefined {
  const penalties = layers.flatMap(({ layer }) => lossesOf(layer));
  if (penalties.length === 0) return undefined;
  return () => tf.tidy(() => tf.addN(penalties.map((penalty) => tf.mean<tf.Scalar>(penalty()))));
}

function lossesOf(layer: object): readonly Penalty[] {
  const losses: unknown = isObject(layer) ? layer._losses : undefined;
  return Array.isArray(losses) ? losses.filter((loss): loss is Penalty => typeof loss === 'function') : [];
}
