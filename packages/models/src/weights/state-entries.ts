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
  /** The tfjs variable, in the layout of tfjs. */
  readonly variable: tf.Variable;
};

/** Weights and running statistics in the order in which the layers were created: PyTorch's order for the networks of this package. */
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
 * Names and shapes of a PyTorch state_dict of the model, without `num_batches_tracked`: weights and running statistics. The networks of this
 * package have the module's order; a model loaded from a file has graph order.
 */
export function stateShapes(model: LayersModel): ReadonlyMap<string, readonly number[]> {
  checkModel('[@st/models] stateShapes', model);
  return new Map(stateEntries(model).map(({ name, shape }) => [name, shape]));
}
