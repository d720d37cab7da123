import { type Batch, type Dataset, InvalidArgumentError, ShapeError } from '@st/core';
import { checkDataset, checkNumber, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/** Pixels outside [0, 1] by at most this come of rounding: the mean and deviation taken off in float32 and put back, say. */
export const ROUNDING = 1e-6;

/**
 * Checks what a data set of one's own says of itself: a size, classes, an image shape, a function for batches.
 * @throws {InvalidArgumentError} naming what is missing.
 */
export function checkOwnDataset(where: Where, value: unknown): void {
  const { name, size, classes, imageShape } = checkDataset(where, 'dataset', value);
  if (typeof name !== 'string') {
    throw new InvalidArgumentError(
      `${where}: dataset.name must be a text for the report, got ${describeValue(name)}.`,
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
 * The data set with every batch checked: as many images and labels as were asked for, of the shape and types that they have to be.
 * @throws {ShapeError} from `batch`, naming the set and what came.
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
    targets?.dispose(); // an evaluation goes by the labels
    return { images, labels };
  });
}

/** The data set with pixels that are outside [0, 1] by rounding moved to 0 or 1, and no other one moved. */
export function withoutRounding(dataset: Dataset): Dataset {
  return replaceBatch(dataset, (indices) => {
    const { images, labels } = dataset.batch(indices);
    const rounded = tf.tidy(() => {
      const inside = tf.clipByValue(images, 0, 1);
      // false for NaN, which stays
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
        isPromise(batch) ? ' It must be sync: load the images before, and make tensors of them in batch.' : ''
      }`,
      { argument: 'dataset', received: batch },
    );
  }
  const isShape = images.rank === 4 && images.shape.slice(1).join() === imageShape.join();
  if (!isShape || images.shape[0] !== count || labels.size !== count) {
    throw new ShapeError(
      `${where}: batch must return images [${[count, ...imageShape]}] and labels [${count}] for ${count} indices, got images ${describeValue(images)} and labels ${describeValue(labels)}. Do its size and imageShape tell the truth?`,
      { argument: 'dataset', received: images.shape },
    );
  }
  if (images.dtype === 'float32' && labels.rank === 1 && labels.dtype === 'int32') return;
  const mend = images.dtype === 'int32' ? ' Divide 8-bit pixels by 255: tf.div(tf.cast(images, "float32"), 255).' : '';
  throw new ShapeError(
    `${where}: batch must return images float32 [batch, height, width, channels] in [0, 1] and labels int32 [batch], got ${describeValue(images)} and ${describeValue(labels)}.${mend}`,
    { argument: 'dataset', received: images.dtype },
  );
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
