import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkModel } from '../check-arguments.ts';
import { torchName, torchShape } from './torch-layout.ts';

/** One tensor of a model's state. */
export type StateEntry = {
  /** PyTorch's name: `layer1.0.bn1.running_mean`. */
  readonly name: string;
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  /** Where the values live, in our layout. */
  readonly variable: tf.Variable;
};

/** Weights and running statistics of a model in the order in which its layers were made: PyTorch's, for the networks built here. */
export function stateEntries(model: LayersModel): readonly StateEntry[] {
  const layers = [...model.layers].sort((a, b) => a.id - b.id);
  return layers
    .flatMap((layer) => layer.weights)
    .map((weight) => {
      const variable = weight.read() as tf.Variable;
      return { name: torchName(weight.originalName), shape: torchShape(variable.shape), variable };
    });
}

/**
 * Names and shapes that a PyTorch state_dict of the model has, without `num_batches_tracked`: weights and running statistics, in the
 * module's order for the networks built here (a model loaded from a file lists its layers in graph order).
 */
export function stateShapes(model: LayersModel): ReadonlyMap<string, readonly number[]> {
  checkModel('[@st/models] stateShapes', model);
  return new Map(stateEntries(model).map(({ name, shape }) => [name, shape]));
}
