import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { InvalidArgumentError } from '../errors/errors.ts';
import type { Layer } from './model-layers.ts';
import { callCounts, DROPOUTS, GLOBAL_MEANS, type OutputSource, outputSources } from './output-sources.ts';
import type { Substitution } from './substitution.ts';

/** How to run a model so that it returns the logits of its probabilities. */
export type OutputLogits = {
  readonly classes: number;
  /** Replacements, during a pass, for the layers that make probabilities. */
  readonly substitutions: readonly Substitution[];
  /** Logits `[batch, classes]` from the output of the model with those replacements. */
  readonly finish: (output: tf.Tensor) => tf.Tensor2D;
};

const WHERE = '[@st/core] logitsClassifier';

/**
 * Finds the layers that make a model's probabilities and how to bypass them. softmax(z) and log-softmax(z) give z; a single sigmoid(z) gives [0, z], whose
 * softmax is [1 - sigmoid(z), sigmoid(z)]. A mean of softmaxes gives its logarithm, computed as log-mean-exp of log-softmaxes.
 * @returns Null if the model ends in logits.
 * @throws {InvalidArgumentError} for probabilities whose logits cannot be recovered, with the reason.
 */
export function outputLogits(model: LayersModel): OutputLogits | null {
  const sources = outputSources(model);
  const outputs = sizeOf(model.outputs[0]?.shape ?? []) ?? 0;
  if (sources.length === 0 || sources.some(({ activation }) => activation === null)) {
    return outputs === 1 ? { classes: 2, substitutions: [], finish: twoLogits } : null;
  }
  for (const source of sources) checkCalls(model, sources, source);
  const activations = new Set(sources.map(({ activation }) => activation));
  if (activations.has('sigmoid')) return ofSigmoid(sources, outputs);
  const averaging = [...new Set(sources.flatMap(({ passed }) => passed))].filter(isMean);
  for (const source of sources) checkSoftmax(source, outputs, averaging.length > 0);
  if (sources.length > 1 && averaging.length === 0) refuseLayer(sources[0], 'joins several of them');
  const replacement = averaging.length > 0 ? LOG_SOFTMAX : IDENTITY;
  return {
    classes: outputs,
    substitutions: [
      ...sources.map((source) => inPlaceOf(source, replacement)),
      ...averaging.map((layer) => ({ layer, member: 'call' as const, value: logMeanOf(layer) })),
      ...bypassesAfter(sources),
    ],
    finish: asRows,
  };
}

function ofSigmoid(sources: readonly OutputSource[], outputs: number): OutputLogits {
  const [source] = sources;
  if (outputs !== 1) {
    refuseLayer(
      source,
      `makes ${outputs} sigmoid outputs, which are ${outputs} independent yes/no answers, not a distribution over classes. End the model in layers.dense({ units: ${outputs} }) and train that`,
    );
  }
  if (sources.length !== 1 || !source)
    refuseLayer(source, 'is joined with others, and a mean of sigmoids has no logit');
  for (const layer of source.passed) checkPassed(source, layer, false);
  return {
    classes: 2,
    substitutions: [inPlaceOf(source, IDENTITY), ...bypassesAfter(sources)],
    finish: twoLogits,
  };
}

type Replacement = { readonly name: string; readonly apply: (x: tf.Tensor) => tf.Tensor };
const IDENTITY: Replacement = { name: 'linear', apply: (x) => x };
const LOG_SOFTMAX: Replacement = { name: 'logSoftmax', apply: (x) => tf.logSoftmax(x) };

function inPlaceOf({ layer, isActivationAlone }: OutputSource, { name, apply }: Replacement): Substitution {
  if (isActivationAlone)
    return { layer, member: 'call', value: (inputs: Inputs) => tf.tidy(() => apply(firstOf(inputs))) };
  // dense and convolutional layers read an activation's name to decide whether to fuse it
  return { layer, member: 'activation', value: { getClassName: () => name, apply } };
}

type Inputs = tf.Tensor | tf.Tensor[];

function firstOf(inputs: Inputs): tf.Tensor {
  const [first] = Array.isArray(inputs) ? inputs : [inputs];
  return tf.clone(first as tf.Tensor); // a layer has at least one input, and its output must be a new tensor
}

/** Bypasses layers after the probabilities that would damage logits: dropout would zero them, ReLU would clip them at 0. */
function bypassesAfter(sources: readonly OutputSource[]): Substitution[] {
  const layers = new Set(sources.flatMap(({ passed }) => passed).filter(isLeftOut));
  return Array.from(layers, (layer) => ({ layer, member: 'call' as const, value: firstOf }));
}

function isLeftOut(layer: Layer): boolean {
  return [...DROPOUTS, 'ReLU', 'Activation'].includes(layer.getClassName());
}

function isMean(layer: Layer): boolean {
  return ['Average', ...GLOBAL_MEANS].includes(layer.getClassName());
}

/** log((1/n) sum_i exp(x_i)), over the inputs of an average layer, or over the pixels of a global mean. */
function logMeanOf(layer: Layer): (inputs: Inputs) => tf.Tensor {
  const channelsFirst = Reflect.get(layer, 'dataFormat') === 'channelsFirst';
  return (inputs) =>
    tf.tidy(() => {
      const tensors = Array.isArray(inputs) ? inputs : [inputs];
      const isMerge = layer.getClassName() === 'Average';
      const all = isMerge ? tf.stack(tensors) : (tensors[0] as tf.Tensor);
      const pixels = all.rank === 4 ? [1, 2] : [1];
      const axes = isMerge ? [0] : pixels.map((axis) => axis + (channelsFirst ? 1 : 0));
      const count = axes.reduce((product, axis) => product * (all.shape[axis] ?? 1), 1);
      return tf.sub(tf.logSumExp(all, axes), Math.log(count));
    });
}

function twoLogits(output: tf.Tensor): tf.Tensor2D {
  const z = tf.reshape(output, [-1, 1]) as tf.Tensor2D;
  return tf.concat([tf.zerosLike(z), z], 1);
}

function asRows(output: tf.Tensor): tf.Tensor2D {
  return output as tf.Tensor2D; // the classifier checks it
}

function checkSoftmax(source: OutputSource, outputs: number, isAveraged: boolean): void {
  const { shape, axis, passed } = source;
  const group = shape.at(axis) ?? null;
  if (source.activation === null || (!source.isKnown && !source.isActivationAlone)) {
    refuseLayer(source, 'is of an unknown class and does more than a softmax: its input is not known to be logits');
  }
  if (isAveraged && source.activation === 'softmax' && axis !== -1 && axis !== shape.length - 1) {
    refuseLayer(source, 'sums over another axis than the last one');
  }
  if (group !== outputs || (!isAveraged && sizeOf(shape) !== outputs)) {
    refuseLayer(
      source,
      `makes distributions over ${group} of [${shape.map((length) => length ?? 'any').join(', ')}] values, where the model returns ${outputs} classes`,
    );
  }
  for (const layer of passed) checkPassed(source, layer, true);
}

/** Checks that a layer after the probabilities only reshapes, is bypassed, or has a logarithmic form. */
function checkPassed(source: OutputSource, layer: Layer, mayAverage: boolean): void {
  const name = layer.getClassName();
  if (['Reshape', 'Flatten', 'Permute'].includes(name) || isLeftOut(layer) || (mayAverage && isMean(layer))) return;
  const isForeign =
    layer.weights.length === 0 && layer.inboundNodes.every(({ inputTensors }) => inputTensors.length === 1);
  if (isForeign && !STOCK_MIXING.test(name)) return;
  refuseLayer(
    source,
    `is followed by '${layer.name}' (${name}), which mixes probabilities in a way that has no logits`,
  );
}

const STOCK_MIXING = /Pooling|Cropping|Masking|^(Add|Maximum|Minimum|Multiply|Concatenate)$/;

/** Refuses layers that the model calls more than once: bypassing them would change the other calls too. */
function checkCalls(model: LayersModel, sources: readonly OutputSource[], source: OutputSource): void {
  const counts = callCounts(model);
  for (const layer of [source.layer, ...source.passed.filter((passed) => isLeftOut(passed) || isMean(passed))]) {
    const onTheWay = sources.filter((other) => other.layer === layer || other.passed.includes(layer));
    const calls = new Set(onTheWay.map(({ call }) => call)).size;
    if ((counts.get(layer) ?? 0) <= calls) continue;
    refuseLayer(
      source,
      `passes through '${layer.name}', which the model also calls elsewhere. Use a separate layer for the output`,
    );
  }
}

function refuseLayer(source: OutputSource | undefined, why: string): never {
  throw new InvalidArgumentError(
    `${WHERE}: the model must end in one softmax or sigmoid that can be left out, but the ${source?.activation ?? 'activation'} of its layer '${source?.layer.name}' ${why}.`,
    { argument: 'model', received: source?.activation ?? null },
  );
}

/** Number of values per example; null if unknown. */
function sizeOf(shape: readonly (number | null)[]): number | null {
  return shape
    .slice(1)
    .reduce<number | null>((size, length) => (size === null || length === null ? null : size * length), 1);
}
