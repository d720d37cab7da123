import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { isObject } from '../errors/kind-of-value.ts';

/** The members of a `tf.GraphModel` that a classifier needs; @tensorflow/tfjs-converter, which defines it, is not a dependency. */
export type GraphModel = {
  readonly inputs: readonly GraphTensorInfo[];
  readonly outputs: readonly GraphTensorInfo[];
  /** The signature in `model.json`. It has the output shapes, which `outputs` usually lacks. */
  readonly modelSignature?: object | undefined;
  predict(images: tf.Tensor): tf.Tensor | readonly tf.Tensor[] | { readonly [name: string]: tf.Tensor };
};

/** An input or output of a graph; a size of -1 or null stands for any. */
export type GraphTensorInfo = {
  readonly name: string;
  readonly shape?: readonly (number | null)[] | undefined;
  readonly dtype?: string | undefined;
};

/** Whether a value is a `tf.LayersModel`, of any copy of tfjs-layers. */
export function isLayersModel(value: unknown): value is LayersModel {
  return (
    isObject(value) &&
    typeof value.apply === 'function' &&
    typeof value.predict === 'function' &&
    Array.isArray(value.layers)
  );
}

/** Whether a value is a `tf.GraphModel`, of any copy of tfjs-converter. */
export function isGraphModel(value: unknown): value is GraphModel {
  return (
    isObject(value) &&
    typeof value.predict === 'function' &&
    Array.isArray(value.inputs) &&
    Array.isArray(value.outputs) &&
    !isLayersModel(value)
  );
}
