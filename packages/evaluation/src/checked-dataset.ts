import { type Batch, type Dataset, InvalidArgumentError, ShapeError } from '@st/core';
import { checkDataset, checkNumber, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/** Largest distance from [0, 1] that counts as rounding: normalizing in float32 and undoing it causes less. */
export const ROUNDING = 1e-6;

/**
 * Checks the members of a user-defined data set: name, size, classes, image shape, `batch`.
 * @throws {InvalidArgumentError} naming the member that is missing or wrong.
 * @throws {ShapeError} for an image shape that is not three positive integers.
 */
export function checkOwnDataset(where: Where, value: unknown): void {
  const { name, size, classes, imageShape } = checkDataset(where, 'dataset', value);
  if (typeof name !== 'string') {
    throw new InvalidArgumentError(
      `${where}: dataset.name must be a string, which the report shows, got ${describeValue(name)}.`,
      {
        argument: 'dataset',
        received: name,
      },
    );
  }
  checkNumber(where, 'dataset.size', size, { min: 0, integer: true });
  checkNumber(where, 'dataset.classes', classes, { min: 1, integer: true });
  if (imageShape.length === 3 && imageShape.every((length) => Number.isInteger(length) && length > 0)) return;
  throw new ShapeError(
    `${where}: dataset.imageShape must be [height, width, channels], got ${describeValue(imageShape)}.`,
    { argument: 'dataset', received: imageShape },
  );
}

/**
 * Wraps the data set so that `batch` checks the count, the shapes and the dtypes of the images and labels, and drops `targets`.
 * @throws {InvalidArgumentError} from `batch`, if it does not return two tensors.
 * @throws {ShapeError} from `batch`, naming the data set and what it returned.
 */
export function checkedDataset(where: Where, dataset: Dataset): Dataset {
  return replaceBatch(dataset, (indices) => {
    const batch = dataset.batch(indices);
    try {
      checkBatchOf(`${where}: the data set '${dataset.name}'`, dataset, indices.length, batch);
    } catch (error) {
      if (batch && !isPromise(batch)) tf.dispose(batch);
      throw error;
    }
    const { images, labels, targets } = batch;
    targets?.dispose(); // an evaluation uses only the labels
    return { images, labels };
  });
}

/** Wraps the data set so that `batch` clips pixels that are outside [0, 1] by at most `ROUNDING`. It leaves all others as they are. */
export function withoutRounding(dataset: Dataset): Dataset {
  return replaceBatch(dataset, (indices) => {
    const { images, labels } = dataset.batch(indices);
    const rounded = tf.tidy(() => {
      const inside = tf.clipByValue(images, 0, 1);
      // the comparison is false for NaN, so NaN stays
      return tf.where(tf.lessEqual(tf.abs(tf.sub(images, inside)), ROUNDING), inside, images);
    });
    images.dispose();
    return { images: rounded, labels };
  });
}

function replaceBatch(dataset: Dataset, batch: (indices: ArrayLike<number>) => Batch): Dataset {
  const { name, size, classes, classNames, imageShape, unlabeled } = dataset;
  return {
    name,
    size,
    classes,
    imageShape,
    batch,
    ...(classNames === undefined ? {} : { classNames }),
    ...(unlabeled === undefined ? {} : { unlabeled }),
  };
}

function checkBatchOf(where: Where, { imageShape }: Dataset, count: number, batch: Batch): void {
  const { images, labels } = (batch ?? {}) as Partial<Batch>;
  if (!(images instanceof tf.Tensor && labels instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `${where}: batch must return { images, labels }, two tensors, got ${describeValue(batch)}.${
        isPromise(batch) ? ' It must be synchronous: load the images beforehand and create the tensors in batch.' : ''
      }`,
      { argument: 'dataset', received: batch },
    );
  }
  const isShape = images.rank === 4 && images.shape.slice(1).join() === imageShape.join();
  if (!isShape || images.shape[0] !== count || labels.size !== count) {
    throw new ShapeError(
      `${where}: batch must return images [${[count, ...imageShape]}] and labels [${count}] for ${count} indices, got images ${describeValue(images)} and labels ${describeValue(labels)}. Check its size and imageShape.`,
      { argument: 'dataset', received: images.shape },
    );
  }
  if (images.dtype === 'float32' && labels.rank === 1 && labels.dtype === 'int32') return;
  const hint = images.dtype === 'int32' ? ' Divide 8-bit pixels by 255: tf.div(tf.cast(images, "float32"), 255).' : '';
  throw new ShapeError(
    `${where}: batch must return images float32 [batch, height, width, channels] in [0, 1] and labels int32 [batch], got ${describeValue(images)} and ${describeValue(labels)}.${hint}`,
    { argument: 'dataset', received: images.dtype },
  );
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
