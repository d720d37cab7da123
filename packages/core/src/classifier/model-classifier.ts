import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { BATCH_NORM_ARGUMENT, type BatchNormMode } from './batch-norm-mode.ts';
import type { Classifier, NamedVariable, RunningStatistic } from './classifier.ts';
import { type HeldLayer, isFrozen, isNormalization, KEPT_STATISTICS, layersOf, variableOf } from './model-layers.ts';
import type { OutputLogits } from './output-logits.ts';
import { penaltyOf } from './penalty-of.ts';
import { restoring } from './restoring.ts';
import { type Substitution, withSubstitutions } from './substitution.ts';

type Weights = LayersModel['weights'];

/** How a model becomes a classifier. */
export type ModelClassifierOptions = {
  readonly classes: number;
  readonly imageShape: Classifier['imageShape'];
  /** How to run the model for logits; omitted if the model returns logits. */
  readonly logits?: Pick<OutputLogits, 'substitutions' | 'finish'> | undefined;
  readonly regularizers: 'included' | 'left-out';
};

/**
 * The classifier of a model, with unchecked `logits`. It reads the list of trainable weights from the model at every use, so that layers may be frozen
 * afterwards. Frozen batch normalization uses its running statistics in every mode, as in Keras.
 */
export function modelClassifier(model: LayersModel, options: ModelClassifierOptions): Classifier {
  const { classes, imageShape, logits, regularizers } = options;
  const layers = layersOf(model);
  const nameOf = stableNames(model, layers);
  const normalizations = layers.filter(({ layer }) => isNormalization(layer));
  const kept = keptShares(normalizations);
  const named = (weight: Weights[number]): NamedVariable => {
    return { name: nameOf.get(weight) ?? weight.originalName, variable: variableOf(weight) };
  };
  const statistic = (weight: Weights[number]): RunningStatistic => {
    const share = kept.get(weight);
    return share === undefined ? named(weight) : { ...named(weight), kept: share };
  };
  const parameters = cachedByWeights(() => model.trainableWeights, named);
  const statistics = cachedByWeights(() => model.nonTrainableWeights, statistic);
  const forward = (images: tf.Tensor4D, mode: BatchNormMode): tf.Tensor2D => {
    const substitutions = [...(logits?.substitutions ?? []), ...frozenCalls(normalizations, mode)];
    const output = withSubstitutions(substitutions, () =>
      model.apply(images, { training: mode !== 'inference', [BATCH_NORM_ARGUMENT]: mode }),
    ) as tf.Tensor2D;
    return logits ? logits.finish(output) : output;
  };
  const penalty = regularizers === 'included' ? penaltyOf(layers) : undefined;
  return {
    classes,
    imageShape,
    get parameters() {
      return parameters();
    },
    get statistics() {
      return statistics();
    },
    ...(penalty && { penalty }),
    logits: (images, mode) => {
      if (mode === 'inference') return forward(images, mode);
      const variables = statistics().map(({ variable }) => variable);
      return restoring(variables, mode === 'batch-frozen' ? 'always' : 'if-it-throws', () => forward(images, mode));
    },
  };
}

/** Names for all weights, whether frozen or not. Layer names are unique only within one model, so nested ones get numbers: `conv/kernel`, `conv/kernel#2`. */
function stableNames(model: LayersModel, layers: readonly HeldLayer[]): ReadonlyMap<Weights[number], string> {
  const names = new Map<Weights[number], string>();
  const counts = new Map<string, number>();
  for (const weight of [...layers.flatMap(({ layer }) => layer.weights), ...model.weights]) {
    if (names.has(weight)) continue;
    const count = (counts.get(weight.originalName) ?? 0) + 1;
    counts.set(weight.originalName, count);
    names.set(weight, count === 1 ? weight.originalName : `${weight.originalName}#${count}`);
  }
  return names;
}

/** Caches the list made from the weights until the weights change. */
function cachedByWeights<T>(weights: () => Weights, make: (weight: Weights[number]) => T): () => readonly T[] {
  let [of, made]: [Weights, readonly T[]] = [[], []];
  return () => {
    const now = weights();
    if (now.length !== of.length || now.some((weight, i) => weight !== of[i])) [of, made] = [now, now.map(make)];
    return made;
  };
}

/** The share `kept` of the running statistics (`RunningStatistic`), for layers that state it: ours and those of tfjs-layers. */
function keptShares(normalizations: readonly HeldLayer[]): ReadonlyMap<Weights[number], number> {
  const shares = new Map<Weights[number], number>();
  for (const { layer } of normalizations) {
    const share: unknown = Reflect.get(layer, KEPT_STATISTICS) ?? Reflect.get(layer, 'momentum');
    // a layer that is called twice updates its statistics twice per pass
    if (typeof share !== 'number' || layer.inboundNodes.length !== 1) continue;
    // weights of a frozen layer include scale and shift; any share is right for a variable that does not change
    for (const weight of layer.weights) shares.set(weight, share);
  }
  return shares;
}

/** Substitutions that run frozen batch normalization as in inference, in every mode. */
function frozenCalls(normalizations: readonly HeldLayer[], mode: BatchNormMode): Substitution[] {
  if (mode === 'inference') return [];
  return normalizations.filter(isFrozen).map(({ layer }) => {
    const call = layer.call.bind(layer);
    const value: typeof call = (inputs, kwargs) =>
      call(inputs, { ...kwargs, training: false, [BATCH_NORM_ARGUMENT]: 'inference' });
    return { layer, member: 'call', value };
  });
}
