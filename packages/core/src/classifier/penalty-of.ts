import * as tf from '@tensorflow/tfjs-core';

import { isObject } from '../errors/kind-of-value.ts';
import type { HeldLayer } from './model-layers.ts';

type Penalty = () => tf.Tensor;

/**
 * The sum of the penalties of the layers' weight regularizers, each layer's once, those of frozen layers too: what tfjs's own `fit` adds to
 * the loss, also from nested models, where tfjs's own loses them.
 * @returns Undefined if there is none.
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
