import { type Classifier, type Examples, type Objective, valueAndGradients } from '@st/core';
import { torchName, toTorchLayout } from '@st/models/parts';
import * as tf from '@tensorflow/tfjs-core';

/** Loss terms as numbers; gradients with PyTorch's names and layouts. */
export type Gradients = {
  readonly terms: Readonly<Record<string, number>>;
  readonly gradients: ReadonlyMap<string, ArrayLike<number>>;
};

/** `valueAndGradients`, read back from the device. Borrows the examples. */
export function gradientsOf(objective: Pick<Objective, 'loss'>, classifier: Classifier, examples: Examples): Gradients {
  const { terms, gradients } = valueAndGradients(objective, classifier, examples);
  const numbers = Object.entries(terms).map(([name, term]) => [name, term.dataSync()[0] ?? Number.NaN]);
  const result = { terms: Object.fromEntries(numbers), gradients: inTorchLayout(gradients) };
  tf.dispose([Object.values(terms), [...gradients.values()]]);
  return result;
}

/** Converts parameters, gradients or momentum from our names and layouts to PyTorch's. Borrows the tensors. */
export function inTorchLayout(tensors: ReadonlyMap<string, tf.Tensor>): Map<string, ArrayLike<number>> {
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const transposed = toTorchLayout(tensor);
      const values = transposed.dataSync().slice();
      transposed.dispose();
      return [torchName(name), values];
    }),
  );
}

/** The parameters of a classifier with PyTorch's names and layouts. */
export function parametersOf({ parameters }: Classifier): Map<string, ArrayLike<number>> {
  return inTorchLayout(new Map(parameters.map(({ name, variable }) => [name, variable])));
}
