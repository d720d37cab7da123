import * as tf from '@tensorflow/tfjs-core';

import { checkNumber, type Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';
import type { Classifier } from './classifier.ts';
import type { GraphModel, GraphTensorInfo } from './kind-of-model.ts';

/** A graph as a function of its images. */
export type GraphFunction = Pick<Classifier, 'classes' | 'imageShape'> & {
  readonly logits: (images: tf.Tensor4D) => tf.Tensor2D;
};

/**
 * Makes a function of images of a `tf.GraphModel`. Its weights are constants, so it can be attacked and evaluated, but not trained.
 * @param given - The class count, if the graph does not state it.
 * @throws {ShapeError | InvalidArgumentError} for several inputs or outputs, images with channels first, or an unknown class count; the message says what
 *   to write.
 */
export function graphFunction(
  where: Where,
  graph: GraphModel,
  given: { readonly classes?: number | undefined },
): GraphFunction {
  const { imageShape, isOneByOne } = checkInput(where, graph);
  const classes = checkOutput(where, graph, given);
  const logits = (images: tf.Tensor4D): tf.Tensor2D => predict(where, graph, images);
  return { classes, imageShape, logits: isOneByOne ? (images) => oneByOne(images, logits) : logits };
}

/** Runs a graph that was exported for batches of one image on each image. */
function oneByOne(images: tf.Tensor4D, logits: (image: tf.Tensor4D) => tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.concat(tf.split(images, images.shape[0]).map((image) => logits(image as tf.Tensor4D))));
}

type GraphInput = { readonly imageShape: Classifier['imageShape']; readonly isOneByOne: boolean };

function checkInput(where: Where, { inputs }: GraphModel): GraphInput {
  const input = inputs.find(({ shape }) => shape?.length === 4) ?? inputs[0];
  if (!input || inputs.length !== 1) {
    const names = inputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw new ShapeError(
      `${where}: the graph must take one input, images, got ${names}. Fix the others: asClassifier((images) => graph.predict({ '${input?.name ?? 'images'}': images, ... }), { classes: 10 }).`,
      { argument: 'model', received: names },
    );
  }
  if (input.dtype !== undefined && input.dtype !== 'float32') {
    throw new ShapeError(
      `${where}: the graph must take float32 images, got an input '${input.name}' of ${input.dtype}, through which no gradient flows. Export the model with a float input.`,
      { argument: 'model', received: input.dtype },
    );
  }
  const shape = sidesOf(input);
  if (!shape) return { imageShape: [null, null, null], isOneByOne: false };
  if (shape.length !== 4) {
    throw new ShapeError(
      `${where}: the graph must take images [batch, height, width, channels], got an input of [${shown(shape)}]. Reshape them: asClassifier((images) => graph.predict(tf.reshape(images, [-1, ...])), { classes: 10 }).`,
      { argument: 'model', received: shape },
    );
  }
  const [batch, ...sides] = shape as [number | null, number | null, number | null, number | null];
  refuseChannelsFirst(where, sides);
  if (batch !== null && batch > 1) {
    throw new ShapeError(
      `${where}: the graph must take batches of any size, got an input of [${shown(shape)}], for ${batch} images. Export it with a first dimension that is not fixed (input_shape [null, ${shown(sides)}]).`,
      { argument: 'model', received: shape },
    );
  }
  return { imageShape: sides, isOneByOne: batch === 1 };
}

/** Images have 1, 3 or 4 channels. If that is the second size and not the last, the layout is that of PyTorch and ONNX. */
function refuseChannelsFirst(where: Where, [first, height, last]: Classifier['imageShape']): void {
  const isChannels = (side: number | null): boolean => side === 1 || side === 3 || side === 4;
  if (!isChannels(first) || isChannels(last) || last === null) return;
  throw new ShapeError(
    `${where}: the graph must take images [batch, height, width, channels], got [batch, ${first}, ${height}, ${last}], channels first. Transpose them: asClassifier((images) => graph.predict(tf.transpose(images, [0, 3, 1, 2])), { classes: 10, imageShape: [${height}, ${last}, ${first}] }).`,
    { argument: 'model', received: [first, height, last] },
  );
}

function checkOutput(
  where: Where,
  { outputs, modelSignature }: GraphModel,
  given: { readonly classes?: number | undefined },
): number {
  const [output] = outputs;
  if (!output || outputs.length !== 1) {
    const names = outputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw new ShapeError(
      `${where}: the graph must have one output, the logits, got ${names}. Choose one: asClassifier((images) => graph.execute(images, '${output?.name ?? 'logits'}'), { classes: 10 }).`,
      { argument: 'model', received: names },
    );
  }
  const shape = sidesOf(output) ?? exportedShape(modelSignature);
  const classes = shape?.length === 2 ? shape[1] : undefined;
  if (shape && shape.length !== 2) {
    throw new ShapeError(
      `${where}: the graph must return [batch, classes], got [${shown(shape)}]. Reshape it: asClassifier((images) => tf.reshape(graph.predict(images), [-1, 10]), { classes: 10 }).`,
      { argument: 'model', received: shape },
    );
  }
  if (classes === 1) {
    throw new ShapeError(
      `${where}: the graph must return [batch, classes] with at least 2 classes, got [batch, 1]. For two classes with one logit z, return [0, z]: asClassifier((images) => tf.pad(graph.predict(images), [[0, 0], [1, 0]]), { classes: 2 }).`,
      { argument: 'model', received: shape },
    );
  }
  if (classes !== undefined && classes !== null) {
    if (given.classes === undefined || given.classes === classes) return classes;
    throw new InvalidArgumentError(
      `${where}: classes must be what the graph returns, ${classes}, got ${describeValue(given.classes)}. Omit it.`,
      { argument: 'classes', received: given.classes },
    );
  }
  if (given.classes !== undefined) return checkNumber(where, 'classes', given.classes, { min: 2, integer: true });
  throw new InvalidArgumentError(
    `${where}: the graph does not state the number of classes (the shape of its output '${output.name}' does not contain it). Pass it: asClassifier(graph, { classes: 10 }).`,
    { argument: 'classes', received: shape ?? null },
  );
}

function predict(where: Where, graph: GraphModel, images: tf.Tensor4D): tf.Tensor2D {
  let output: unknown;
  try {
    output = graph.predict(images);
  } catch (cause) {
    if (!(cause instanceof Error) || !/executeAsync/.test(cause.message)) throw cause;
    throw new InvalidArgumentError(
      `${where}: the graph must run synchronously, but contains control flow, which tfjs runs only with executeAsync: ${cause.message} Export the model in inference mode, without loops and conditions.`,
      { argument: 'model', cause },
    );
  }
  if (output instanceof tf.Tensor) return output as tf.Tensor2D;
  const names = Array.isArray(output) ? 'a list' : describeValue(output);
  throw new ShapeError(
    `${where}: the graph must return one tensor of logits, got ${names}. Choose one: asClassifier((images) => graph.execute(images, 'logits'), { classes: 10 }).`,
    { argument: 'model', received: names },
  );
}

function shown(shape: readonly (number | null)[]): string {
  return shape.map((side) => side ?? 'any').join(', ');
}

/** The shape of the only output, from the signature `{ outputs: { logits: { tensorShape: { dim: [{ size: '-1' }, { size: '10' }] } } } }`. */
function exportedShape(signature: unknown): (number | null)[] | undefined {
  const outputs = memberOf(signature, 'outputs');
  if (!isObject(outputs)) return undefined;
  const [output, ...others] = Object.values(outputs);
  const dim = memberOf(memberOf(output, 'tensorShape'), 'dim');
  if (others.length > 0 || !Array.isArray(dim)) return undefined;
  const shape = dim.map((side) => Number(memberOf(side, 'size') ?? -1));
  return shape.every(Number.isInteger) ? sidesOf({ name: '', shape }) : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

/** The sizes, with null for any; undefined if the graph states no shape. */
function sidesOf({ shape }: GraphTensorInfo): (number | null)[] | undefined {
  return Array.isArray(shape) && shape.length > 0
    ? shape.map((side) => (side === null || side < 0 ? null : side))
    : undefined;
}
