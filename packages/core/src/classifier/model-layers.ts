import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { isObject } from '../errors/kind-of-value.ts';
import { isLayersModel } from './kind-of-model.ts';

/** A layer of tfjs-layers, which does not export the class under this name. */
export type Layer = LayersModel['layers'][number];

/** A layer of a model, and all its containers: nested models, wrappers, composed layers, and the model. */
export type HeldLayer = { readonly layer: Layer; readonly holders: readonly Layer[] };

/** Every layer of a model, once each, in order, including those in nested models, wrappers and composed layers. */
export function layersOf(model: LayersModel): readonly HeldLayer[] {
  const holders = new Map<Layer, Set<Layer>>();
  const visit = (layer: Layer, above: readonly Layer[]): void => {
    const known = holders.get(layer);
    holders.set(layer, new Set([...(known ?? []), ...above]));
    if (known && above.every((holder) => known.has(holder))) return;
    for (const child of childrenOf(layer)) visit(child, [...above, layer]);
  };
  for (const layer of model.layers) visit(layer, [model]);
  return Array.from(holders, ([layer, above]) => ({ layer, holders: [...above] }));
}

/** Whether the layer's weights are not trained: the layer or one of its containers is not trainable, as in Keras. */
export function isFrozen({ layer, holders }: HeldLayer): boolean {
  return !layer.trainable || holders.some((holder) => !holder.trainable);
}

/** Whether the layer normalizes with batch statistics in training: that of tfjs-layers, ours, and others of that class name. */
export function isNormalization(layer: Layer): boolean {
  return typeof Reflect.get(layer, KEPT_STATISTICS) === 'number' || /batch_?norm/i.test(layer.getClassName());
}

/** The member of `KeepsStatistics`. */
export const KEPT_STATISTICS = 'keptStatistics';

/** The variable of a weight; tfjs-layers reads its values as a tensor. */
export function variableOf(weight: Layer['weights'][number]): tf.Variable {
  return weight.read() as tf.Variable;
}

function childrenOf(layer: Layer): readonly Layer[] {
  if (isLayersModel(layer)) return layer.layers;
  return Object.values(layer).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]).filter(isLayer));
}

function isLayer(value: unknown): value is Layer {
  return isObject(value) && Array.isArray(value.inboundNodes) && typeof value.call === 'function';
}
