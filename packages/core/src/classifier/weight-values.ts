import * as tf from '@tensorflow/tfjs-core';

import type { Classifier, NamedVariable } from './classifier.ts';

/** Values of weights and running statistics, under `weights/<name>` and `statistics/<name>` as in checkpoints. */
export type WeightValues = ReadonlyMap<string, tf.Tensor>;

/** Weights and running statistics, with the names that checkpoints use. */
export function stateVariables({ parameters, statistics }: Classifier): NamedVariable[] {
  return [
    ...parameters.map(({ name, variable }) => ({ name: `weights/${name}`, variable })),
    ...statistics.map(({ name, variable }) => ({ name: `statistics/${name}`, variable })),
  ];
}

/** Copies of the current values; kept through any tidy; the caller disposes them. */
export function copyWeights(classifier: Classifier): Map<string, tf.Tensor> {
  return new Map(stateVariables(classifier).map(({ name, variable }) => [name, tf.keep(tf.clone(variable))]));
}

/** Sets the variables of the classifier to these values; variables without one are unchanged. Borrows the values. */
export function assignWeights(classifier: Classifier, values: WeightValues): void {
  for (const { name, variable } of stateVariables(classifier)) {
    const value = values.get(name);
    if (value) variable.assign(value);
  }
}
