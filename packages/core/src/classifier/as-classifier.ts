import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkChoice, checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject, isPromise } from '../errors/kind-of-value.ts';
import type { BatchNormMode } from './batch-norm-mode.ts';
import { describeModel, isClassifier } from './check-classifier.ts';
import { checkedLogits } from './checked-logits.ts';
import type { Classifier, NamedVariable } from './classifier.ts';
import { graphFunction } from './graph-function.ts';
import { type GraphModel, isGraphModel, isLayersModel } from './kind-of-model.ts';
import { modelClassifier } from './model-classifier.ts';
import { checkModelShapes } from './model-shapes.ts';
import { outputSources } from './output-sources.ts';
import { refuseProbabilities } from './refuse-probabilities.ts';
import { refuseStateful } from './refuse-stateful.ts';
import { restoring } from './restoring.ts';

const WHERE = '[@st/core] asClassifier';

/** How a `tf.LayersModel` becomes a classifier. */
export type ModelOptions = {
  /** Whether the penalties of the model's weight regularizers are part of the loss. Default `'included'`. */
  readonly regularizers?: 'included' | 'left-out';
};

/** A classifier given as a function, with the variables it uses. */
export type FunctionClassifierOptions = {
  readonly classes: number;
  /** `[height, width, channels]`; null for any size. Default: any. */
  readonly imageShape?: Classifier['imageShape'];
  /** Trainable weights. Default: none, which suffices for attacks. */
  readonly parameters?: readonly NamedVariable[];
  /** Running statistics. Default: none. */
  readonly statistics?: readonly NamedVariable[];
  /** States that the outputs are logits, even if their rows look like probabilities, which are otherwise refused. */
  readonly output?: 'logits';
};

/** Options for a `tf.GraphModel`. Class count and image shape are taken from the graph if it states them. */
export type GraphModelOptions = Partial<Pick<FunctionClassifierOptions, 'classes' | 'imageShape' | 'output'>>;

/**
 * Makes a classifier of a `tf.LayersModel` (ours, or one with tfjs-layers' layers), a `tf.GraphModel`, or a function `(images, mode) => logits`.
 *
 * For a LayersModel all three batch-norm modes work with our layers and with those of tfjs-layers. In mode `'batch-frozen'`, and in any mode if the pass
 * throws, everything that a training call writes to non-trainable weights is restored bit for bit. Layers frozen before or afterwards stay frozen; frozen
 * batch normalization uses its running statistics. The model is not copied and still belongs to the caller.
 * @throws {ShapeError} if the model does not map `[batch, height, width, channels]` to `[batch, classes]`.
 * @throws {InvalidArgumentError} if the model returns probabilities (losses and attacks need logits: see `logitsClassifier`), which may be detected only at
 *   the first batch, by the values; or if `source` is none of the three.
 */
export function asClassifier(
  logits: (images: tf.Tensor4D, mode: BatchNormMode) => tf.Tensor2D,
  options: FunctionClassifierOptions,
): Classifier;
export function asClassifier(model: LayersModel, options?: ModelOptions): Classifier;
export function asClassifier(model: GraphModel, options?: GraphModelOptions): Classifier;
export function asClassifier(
  source: LayersModel | GraphModel | ((images: tf.Tensor4D, mode: BatchNormMode) => tf.Tensor2D),
  options?: ModelOptions & GraphModelOptions & Partial<FunctionClassifierOptions>,
): Classifier {
  if (isLayersModel(source)) return ofModel(source, options);
  if (isGraphModel(source)) {
    checkKnownOptions(WHERE, options ?? {}, ['classes', 'imageShape', 'output']);
    const { logits, ...found } = graphFunction(WHERE, source, options ?? {});
    return ofFunction(logits, { ...found, ...options, classes: found.classes });
  }
  if (typeof source === 'function') return ofFunction(source, optionsOfFunction(options));
  throw new InvalidArgumentError(
    `${WHERE}: model must be a tf.LayersModel, a tf.GraphModel or a function (images, mode) => logits, got ${describeModel(source)}. ${lineFor(source)}`,
    { argument: 'model', received: source },
  );
}

function ofModel(model: LayersModel, options: ModelOptions = {}): Classifier {
  checkKnownOptions(WHERE, options, ['regularizers']);
  const { imageShape, classes } = checkModelShapes(WHERE, model);
  refuseStateful(WHERE, model);
  const regularizers = checkRegularizers(WHERE, options);
  const sources = outputSources(model);
  refuseProbabilities(WHERE, sources);
  const classifier = modelClassifier(model, { classes, imageShape, regularizers });
  return checkedLogits(WHERE, classifier, sources.length > 0 && sources.every(({ isKnown }) => isKnown));
}

/** Checks the option `regularizers`; `'included'` by default. */
export function checkRegularizers(
  where: `[@st/${string}] ${string}`,
  { regularizers = 'included' }: ModelOptions,
): 'included' | 'left-out' {
  return checkChoice(where, 'regularizers', regularizers, ['included', 'left-out']);
}

function optionsOfFunction(options: Partial<FunctionClassifierOptions> | undefined): FunctionClassifierOptions {
  if (options?.classes !== undefined) return { ...options, classes: options.classes };
  throw new InvalidArgumentError(
    `${WHERE}: a function needs its options, at least { classes }, got ${options === undefined ? 'none' : 'no classes'}. Write asClassifier(f, { classes: 10 }).`,
    { argument: 'options', received: options },
  );
}

function ofFunction(
  forward: (images: tf.Tensor4D, mode: BatchNormMode) => tf.Tensor2D,
  options: FunctionClassifierOptions,
): Classifier {
  checkKnownOptions(WHERE, options, ['classes', 'imageShape', 'parameters', 'statistics', 'output']);
  const { imageShape = [null, null, null], parameters = [], statistics = [], output } = options;
  const classes = checkNumber(WHERE, 'classes', options.classes, { min: 2, integer: true });
  if (output !== undefined) checkChoice(WHERE, 'output', output, ['logits']);
  checkVariables('parameters', parameters);
  checkVariables('statistics', statistics);
  if (!Array.isArray(imageShape) || imageShape.length !== 3) {
    throw new InvalidArgumentError(
      `${WHERE}: imageShape must be [height, width, channels], null for any size, got ${describeModel(imageShape)}.`,
      { argument: 'imageShape', received: imageShape },
    );
  }
  const variables = statistics.map(({ variable }) => variable);
  const logits: Classifier['logits'] = (images, mode) =>
    mode === 'batch-tracking'
      ? restoring(variables, 'if-it-throws', () => forward(images, mode))
      : forward(images, mode);
  return checkedLogits(WHERE, { classes, imageShape, parameters, statistics, logits }, output === 'logits');
}

function checkVariables(argument: 'parameters' | 'statistics', values: unknown): void {
  const isNamed = (value: unknown): boolean =>
    isObject(value) && typeof value.name === 'string' && value.variable instanceof tf.Variable;
  if (Array.isArray(values) && values.every(isNamed)) return;
  throw new InvalidArgumentError(
    `${WHERE}: ${argument} must be a list of { name, variable }, got ${describeModel(values)}. Write ${argument}: [{ name: 'kernel', variable: tf.variable(kernel) }].`,
    { argument, received: values },
  );
}

function lineFor(value: unknown): string {
  if (isPromise(value)) return 'Await it first: asClassifier(await tf.loadLayersModel(url)).';
  if (typeof value === 'string')
    return 'Load it first: asClassifier(await tf.loadLayersModel(url)), or tf.loadGraphModel.';
  if (isClassifier(value)) return 'It is a classifier already: pass it unchanged.';
  if (isObject(value) && isLayersModel(value.model)) return 'Pass its model: asClassifier(loaded.model).';
  return 'Write asClassifier(model), or asClassifier((images) => logits, { classes: 10 }).';
}
