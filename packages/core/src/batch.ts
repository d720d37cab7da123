import * as tf from '@tensorflow/tfjs-core';
import {
  type BatchExpectation,
  type BatchFault,
  checkExpectation,
  findBatchFault,
  findPixelFault,
} from './batch-fault.ts';
import { checkObject, type Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError, ShapeError } from './errors/errors.ts';
import { isObject, isPromise } from './errors/kind-of-value.ts';
import { readsAreFree } from './reads-are-free.ts';

/** Images and their labels. Data sets return batches; searches and the train step take them. */
export type Batch = {
  /** float32 `[batch, height, width, channels]` in [0, 1]; normalization is a layer of the model. */
  readonly images: tf.Tensor4D;
  /** int32 `[batch]`, each in [0, classes); `UNLABELED` only if the objective takes unlabeled images. */
  readonly labels: tf.Tensor1D;
  /**
   * Soft labels, if an augmentation mixes images (MixUp, CutMix): float32 `[batch, classes]`, each row a distribution; `labels` then holds the class with
   * the largest share. A loss that cannot use them throws; searches use `labels`.
   */
  readonly targets?: tf.Tensor2D;
};

/**
 * Checks ranks, dtypes and sizes, and values only on back ends where reading them costs nothing (`readsAreFree`), once per tensor: pixels, and with
 * `expected` labels and targets. So it is cheap enough for every step. On other back ends `checkBatchValues` checks the values outside the step.
 * @throws {ShapeError} for a wrong rank or dtype, or different batch sizes.
 * @throws {InvalidArgumentError} for a value that is not a batch, an empty batch, or invalid values.
 */
export function checkBatch(where: Where, batch: Batch, expected?: BatchExpectation): void {
  if (expected !== undefined) checkExpectation(where, expected);
  checkMembers(where, batch);
  const { images, labels, targets } = batch;
  if (images.rank !== 4 || images.dtype !== 'float32') {
    throw new ShapeError(
      `${where}: images must be float32 [batch, height, width, channels] in [0, 1], got ${describeValue(images)}.${
        images.dtype === 'int32' ? ' Divide 8-bit pixels by 255: tf.div(tf.cast(images, "float32"), 255).' : ''
      }`,
      { argument: 'images', received: images.shape },
    );
  }
  if (labels.rank !== 1 || labels.dtype !== 'int32') {
    throw new ShapeError(
      `${where}: labels must be int32 [batch] of class indices, got ${describeValue(labels)}.${
        labels.rank === 2 ? ' For one-hot labels pass tf.argMax(labels, 1).' : ' Use tf.tensor1d(values, "int32").'
      }`,
      { argument: 'labels', received: labels.shape },
    );
  }
  if (images.shape[0] !== labels.shape[0]) {
    throw new ShapeError(
      `${where}: images and labels must have the same batch size, got ${images.shape[0]} images and ${labels.shape[0]} labels.`,
      { argument: 'labels', received: labels.shape },
    );
  }
  if (
    targets !== undefined &&
    (targets.rank !== 2 || targets.dtype !== 'float32' || targets.shape[0] !== labels.size)
  ) {
    throw new ShapeError(
      `${where}: targets must be float32 [${labels.size}, classes], one distribution per image, got ${describeValue(targets)}. Omit them if labels are not mixed.`,
      { argument: 'targets', received: targets.shape },
    );
  }
  if (images.size === 0) {
    throw new InvalidArgumentError(`${where}: the batch is empty: images have shape [${images.shape}]. Skip it.`, {
      argument: 'images',
      received: images.shape,
    });
  }
  if (expected && targets) checkTargetWidth(where, targets, expected.classes);
  if (readsAreFree()) checkFreely(where, batch, expected);
}

function checkMembers(where: Where, batch: unknown): void {
  if (!isObject(batch) || isPromise(batch) || batch instanceof tf.Tensor) {
    throw new InvalidArgumentError(
      `${where}: batch must be { images, labels }, got ${describeValue(batch)}. ${isPromise(batch) ? 'Await it first.' : 'Pass both tensors: { images, labels }.'}`,
      { argument: 'batch', received: batch },
    );
  }
  const isOfTfjs = 'xs' in batch && 'ys' in batch;
  for (const name of ['images', 'labels', ...(batch.targets === undefined ? [] : ['targets'])]) {
    const value = batch[name];
    if (value instanceof tf.Tensor && !value.isDisposed) continue;
    const got = value instanceof tf.Tensor ? 'a tensor that is disposed' : describeValue(value);
    const hint = isOfTfjs
      ? "Rename tfjs's members: { images: xs, labels: tf.argMax(ys, 1) }."
      : isPromise(value)
        ? 'Await it first.'
        : 'Pass { images: tf.tensor4d(...), labels: tf.tensor1d(values, "int32") }.';
    throw new InvalidArgumentError(`${where}: ${name} must be a tensor, got ${got}. ${hint}`, {
      argument: name,
      received: value,
    });
  }
}

/** Data ids whose values were already checked; the data of an id never change. */
const judged = new WeakSet<object>();

function checkFreely(where: Where, { images, labels, targets }: Batch, expected: BatchExpectation | undefined): void {
  if (!judged.has(images.dataId)) {
    refuse(where, findPixelFault(images.dataSync()));
    judged.add(images.dataId);
  }
  if (!expected) return;
  refuse(
    where,
    findBatchFault({ labels: labels.dataSync(), ...(targets && { targets: targets.dataSync() }) }, expected),
  );
}

function checkTargetWidth(where: Where, targets: tf.Tensor2D, classes: number): void {
  const width = targets.shape[1];
  if (width === classes) return;
  throw new ShapeError(`${where}: targets must have one column for each of ${classes} classes, got ${width}.`, {
    argument: 'targets',
    received: width,
  });
}

function refuse(where: Where, fault: BatchFault | null): void {
  if (!fault) return;
  const { argument, received, message } = fault;
  throw new InvalidArgumentError(`${where}: ${message}`, { argument, received });
}

/** Settings of `checkBatchValues`. */
export type CheckBatchValuesOptions = {
  /** Accepts images without a class, for an objective that takes them. Default false. */
  readonly takesUnlabeled?: boolean | undefined;
};

/**
 * Checks the values: no NaN, pixels in [0, 1] with a tolerance of 1e-6, labels in [0, classes), targets that are distributions. Reads the device, so it is
 * async and is called outside of steps (once per data set, in the first epoch of a run).
 * @throws {InvalidArgumentError} that names the first invalid value and how to fix it.
 */
export async function checkBatchValues(
  where: Where,
  batch: Batch,
  classes: number,
  options: CheckBatchValuesOptions = {},
): Promise<void> {
  checkObject(where, 'options', options, ['takesUnlabeled']);
  const { takesUnlabeled = false } = options;
  checkBatch(where, batch, { classes, takesUnlabeled });
  if (readsAreFree()) return; // checkBatch has checked them
  const { images, labels, targets } = batch;
  const [pixels, indices, shares] = await Promise.all([images.data(), labels.data(), targets?.data()]);
  const values = { pixels, labels: indices, ...(shares && { targets: shares }) };
  refuse(where, findBatchFault(values, { classes, takesUnlabeled }));
}
