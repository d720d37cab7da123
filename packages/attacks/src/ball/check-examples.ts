import { checkObject, checkTensor, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';

/** Images with their classes and, in a targeted run, the target classes. */
type Examples = { readonly images: tf.Tensor4D; readonly labels: tf.Tensor1D; readonly targets?: tf.Tensor1D };

/**
 * Checks the examples of a run: images float32 `[batch, height, width, channels]`, labels and targets int32 `[batch]`. Reads no values.
 * @param start - The points that a run starts from, by the name of their argument; they must have the shape of the images.
 * @throws {InvalidArgumentError} or {ShapeError} naming the argument.
 */
export function checkExamples(
  where: Where,
  argument: string,
  examples: Examples,
  start: Readonly<Record<string, unknown>> = {},
): void {
  checkObject(where, argument, examples, ['images', 'labels']);
  const { images, labels, targets } = examples;
  checkSameShape(where, { images, ...start });
  checkClasses(where, 'labels', labels, images);
  if (targets !== undefined) checkClasses(where, 'targets', targets, images);
}

/**
 * Checks that `classes` is one class an image: int32 `[batch]`.
 * @throws {InvalidArgumentError} or {ShapeError} naming the argument.
 */
export function checkClasses(where: Where, argument: string, classes: unknown, images: tf.Tensor4D): void {
  const hint = 'Use tf.tensor1d(values, "int32").';
  checkTensor(where, argument, classes, { dtype: 'int32', shape: [images.shape[0]], hint });
}
