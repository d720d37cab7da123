import type * as tf from '@tensorflow/tfjs-core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';

type LayerInitializer = Parameters<layers.Layer['addWeight']>[3];

/** Makes a tfjs-layers initializer from a function. It is not serialized: a saved layer keeps its seed and redraws from it. */
export function drawInitializer(draw: (shape: number[]) => tf.Tensor): LayerInitializer {
  return {
    apply: (shape: Shape) => draw(shape.map(Number)),
    fromConfigUsesCustomObjects: () => false,
    getClassName: () => 'StDraw',
    getConfig: () => ({}),
  };
}
