import type * as tf from '@tensorflow/tfjs-core';
import type { Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError, ShapeError } from './errors/errors.ts';
import { TRAINING_UNLABELLED, UNLABELLED } from './unlabelled.ts';

/** Images and their labels: what a data set yields and a search or train step takes. */
export type Batch = {
  /** float32 `[batch, height, width, channels]` in [0, 1]; normalisation is a layer inside the model. */
  readonly images: tf.Tensor4D;
  /** int32 `[batch]`, each in [0, classes); `UNLABELLED` only where the objective takes unlabelled images. */
  readonly labels: tf.Tensor1D;
  /**
   * Soft labels where an augmentation mixes images (MixUp, CutMix): float32 `[batch, classes]`, each row a distribution; `labels` then holds
   * the largest share. A loss that cannot use them refuses them; searches go by `labels`.
   */
  readonly targets?: tf.Tensor2D;
};

/**
 * Checks what can be seen without reading the device: ranks, dtypes and sizes. Cheap enough for every step.
 * @throws {ShapeError} for a wrong rank, dtype or differing batch sizes.
 * @throws {InvalidArgumentError} for an empty batch.
 */
export function checkBatch(where: Where, { images, labels, targets }: Batch): void {
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
      `${where}: targets must be float32 [${labels.size}, classes], one distribution an image, got ${describeValue(targets)}. Leave them out where labels are not mixed.`,
      { argument: 'targets', received: targets.shape },
    );
  }
  if (images.size === 0) {
    throw new InvalidArgumentError(`${where}: the batch is empty: images have shape [${images.shape}]. Skip it.`, {
      argument: 'images',
      received: images.shape,
    });
  }
}

/** What `checkBatchValues` lets pass. */
export type CheckBatchValuesOptions = {
  /** Lets images without a class pass, for an objective that takes them. Default false. */
  readonly takesUnlabelled?: boolean | undefined;
};

/**
 * Checks what only the values show: no NaN, pixels in [0, 1], labels in [0, classes), targets that are distributions. Reads the device, so it is async and done
 * at the edge (once a data set, the first batch of a run), never inside a step.
 * @throws {InvalidArgumentError} naming the first offending value and how to mend it.
 */
export async function checkBatchValues(
  where: Where,
  batch: Batch,
  classes: number,
  { takesUnlabelled = false }: CheckBatchValuesOptions = {},
): Promise<void> {
  checkBatch(where, batch);
  const [pixels, labels] = await Promise.all([batch.images.data(), batch.labels.data()]);
  checkPixels(where, pixels);
  const isWrong = (label: number): boolean =>
    (label < 0 || label >= classes) && !(takesUnlabelled && label === UNLABELLED);
  const index = labels.findIndex(isWrong);
  if (index >= 0) refuseLabel(where, labels[index], index, classes);
  if (batch.targets) checkTargets(where, await batch.targets.data(), batch.targets.shape[1], classes);
}

function refuseLabel(where: Where, label: number | undefined, index: number, classes: number): never {
  const mend =
    label === UNLABELLED
      ? `It stands for an image without a class. ${TRAINING_UNLABELLED}`
      : `Classes are counted from 0; is the model made for ${classes} classes?`;
  throw new InvalidArgumentError(
    `${where}: labels must be in [0, ${classes}), got ${label} at index ${index}. ${mend}`,
    { argument: 'labels', received: label },
  );
}

/** How far a row of targets may be from summing to 1: float32 rounding of a few shares. */
const TARGET_SUM_TOLERANCE = 1e-5;

function checkTargets(
  where: Where,
  targets: Float32Array | Int32Array | Uint8Array,
  width: number,
  classes: number,
): void {
  if (width !== classes) {
    throw new ShapeError(`${where}: targets must have one column for each of ${classes} classes, got ${width}.`, {
      argument: 'targets',
      received: width,
    });
  }
  for (let row = 0; row < targets.length; row += width) {
    const shares = targets.subarray(row, row + width);
    let sum = 0;
    for (const share of shares) sum += share >= 0 ? share : Number.NaN;
    if (Math.abs(sum - 1) <= TARGET_SUM_TOLERANCE) continue;
    throw new InvalidArgumentError(
      `${where}: each row of targets must hold shares >= 0 that sum to 1, got ${describeValue(Array.from(shares))} in row ${row / width}.`,
      { argument: 'targets', received: Array.from(shares) },
    );
  }
}

function checkPixels(where: Where, pixels: ArrayLike<number>): void {
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if (value !== undefined && value >= 0 && value <= 1) continue;
    const mend = Number.isNaN(value)
      ? 'Find where the NaN comes from before training on it.'
      : 'Divide 8-bit pixels by 255, and keep mean/std normalisation inside the model.';
    throw new InvalidArgumentError(`${where}: images must be in [0, 1], got ${value} at flat index ${i}. ${mend}`, {
      argument: 'images',
      received: value,
    });
  }
}
