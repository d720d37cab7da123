import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkChoice } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { BATCH_NORM_ARGUMENT, BATCH_NORM_MODES, type BatchNormMode } from './batch-norm-mode.ts';
import type { Classifier, NamedVariable } from './classifier.ts';
import { keptShares, runningStatisticsOf } from './running-statistics.ts';

const WHERE = '[@st/core] asClassifier';

/** A classifier given as a function, with the variables it uses. */
export type FunctionClassifierOptions = {
  readonly classes: number;
  /** `[height, width, channels]`; null where any size goes. Default: any. */
  readonly imageShape?: Classifier['imageShape'];
  /** Trainable weights. Default: none, enough for attacks. */
  readonly parameters?: readonly NamedVariable[];
  /** Running statistics. Default: none. */
  readonly statistics?: readonly NamedVariable[];
};

/**
 * Makes a classifier of any `tf.LayersModel` (ours, or one with stock layers) or of a function `(images, mode) => logits`.
 *
 * On a model all three batch-norm modes hold for our layers and for stock ones: the moving statistics that stock batch normalisation
 * writes on every training call are restored exactly in mode `'batch-frozen'`. The model stays the caller's, and is not copied.
 * @throws {ShapeError} if the model does not map `[batch, height, width, channels]` to `[batch, classes]`.
 * @throws {InvalidArgumentError} if its last layer ends in softmax or sigmoid: losses and attacks need logits.
 */
export function asClassifier(model: LayersModel): Classifier;
export function asClassifier(
  logits: (images: tf.Tensor4D, mode: BatchNormMode) => tf.Tensor2D,
  options: FunctionClassifierOptions,
): Classifier;
export function asClassifier(
  source: LayersModel | ((images: tf.Tensor4D, mode: BatchNormMode) => tf.Tensor2D),
  options?: FunctionClassifierOptions,
): Classifier {
  if (typeof source !== 'function') return modelClassifier(source);
  if (options === undefined) {
    throw new InvalidArgumentError(`${WHERE}: a function needs its options, at least { classes }, got none.`, {
      argument: 'options',
    });
  }
  const { classes, imageShape = [null, null, null], parameters = [], statistics = [] } = options;
  return { classes, imageShape, parameters, statistics, logits: checkedLogits(source, classes) };
}

function modelClassifier(model: LayersModel): Classifier {
  const imageShape = imageShapeOf(model);
  const classes = classesOf(model);
  refuseProbabilities(model);
  const parameters = namedVariables(model.trainableWeights);
  const kept = keptShares(model);
  const statistics = namedVariables(model.nonTrainableWeights).map((statistic) => {
    const share = kept.get(statistic.variable);
    return share === undefined ? statistic : { ...statistic, kept: share };
  });
  const stock = runningStatisticsOf(model);
  const forward = (images: tf.Tensor4D, mode: BatchNormMode): tf.Tensor2D => {
    const apply = (): tf.Tensor2D =>
      model.apply(images, { training: mode !== 'inference', [BATCH_NORM_ARGUMENT]: mode }) as tf.Tensor2D;
    return mode === 'batch-frozen' ? stock.untouched(apply) : apply();
  };
  return { classes, imageShape, parameters, statistics, logits: checkedLogits(forward, classes) };
}

function checkedLogits(forward: Classifier['logits'], classes: number): Classifier['logits'] {
  return (images, mode) => {
    checkChoice(`${WHERE}: logits`, 'mode', mode, BATCH_NORM_MODES);
    // a model leaves the outputs of its inner layers behind
    const logits = tf.tidy(() => forward(images, mode));
    if (logits.rank === 2 && logits.shape[0] === images.shape[0] && logits.shape[1] === classes) return logits;
    throw new ShapeError(
      `${WHERE}: the model must return logits [${images.shape[0]}, ${classes}], got ${describeValue(logits)}. End it in one output a class, without softmax.`,
      { argument: 'model', received: logits.shape },
    );
  };
}

function imageShapeOf(model: LayersModel): Classifier['imageShape'] {
  const shape = model.inputs.length === 1 ? model.inputs[0]?.shape : undefined;
  if (shape?.length === 4) return [shape[1] ?? null, shape[2] ?? null, shape[3] ?? null];
  const got = model.inputs.map((input) => `[${input.shape}]`).join(', ');
  throw new ShapeError(
    `${WHERE}: the model must take one input [batch, height, width, channels], got ${got}. Put a reshape layer first if it takes flat vectors.`,
    { argument: 'model', received: got },
  );
}

function classesOf(model: LayersModel): number {
  const shape = model.outputs.length === 1 ? model.outputs[0]?.shape : undefined;
  const classes = shape?.length === 2 ? shape[1] : undefined;
  if (typeof classes === 'number' && classes >= 2) return classes;
  const got = model.outputs.map((output) => `[${output.shape}]`).join(', ');
  throw new ShapeError(
    `${WHERE}: the model must return [batch, classes] with at least 2 classes, got ${got}. Flatten or pool before the last dense layer.`,
    { argument: 'model', received: got },
  );
}

/** The gradient of cross-entropy on probabilities is not that on logits: attacks would look strong and fail, so it is refused. */
function refuseProbabilities(model: LayersModel): void {
  const last = outputLayerOf(model);
  const activation: unknown = last?.getClassName() === 'Softmax' ? 'softmax' : last?.getConfig().activation;
  if (activation !== 'softmax' && activation !== 'sigmoid') return;
  throw new InvalidArgumentError(
    `${WHERE}: the model must end in logits, but its last layer '${last?.name}' applies ${activation}. Drop that activation; use tf.softmax(logits) where probabilities are wanted.`,
    { argument: 'model', received: activation },
  );
}

/** The layer that makes the output; of a nested model, the one inside it. */
function outputLayerOf(model: LayersModel): LayersModel['layers'][number] | undefined {
  const layer = model.outputs[0]?.sourceLayer;
  return layer && 'outputs' in layer ? outputLayerOf(layer as LayersModel) : layer;
}

/** Layer names are unique within a model, but not across nested ones: `conv/kernel`, `conv/kernel#2`. */
function namedVariables(weights: LayersModel['weights']): NamedVariable[] {
  const seen = new Map<string, number>();
  return weights.map((weight) => {
    const count = (seen.get(weight.originalName) ?? 0) + 1;
    seen.set(weight.originalName, count);
    const name = count === 1 ? weight.originalName : `${weight.originalName}#${count}`;
    return { name, variable: weight.read() as tf.Variable };
  });
}
