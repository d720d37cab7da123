import { InvalidArgumentError } from '@st/core';
import { PIXEL_ROUNDING, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Refuses images that are not in [0, 1] (rounding aside), on every back end; `checkBatch` does so only where reads are free. Reads two numbers.
 * @throws {InvalidArgumentError} naming the range, with a hint.
 */
export async function checkImages(where: Where, images: tf.Tensor4D): Promise<void> {
  const range = rangeOf(images);
  try {
    refuseOutside(where, await range.data());
  } finally {
    range.dispose();
  }
}

function rangeOf(images: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => tf.stack([tf.min(images), tf.max(images)]) as tf.Tensor1D);
}

function refuseOutside(where: Where, range: ArrayLike<number>): void {
  const [low = Number.NaN, high = Number.NaN] = Array.from(range);
  if (low >= -PIXEL_ROUNDING && high <= 1 + PIXEL_ROUNDING) return;
  throw new InvalidArgumentError(
    `${where}: images must be in [0, 1], got values from ${low} to ${high}. ${hintOf(low, high)}`,
    { argument: 'images', received: [low, high] },
  );
}

const INSIDE = 'and make the range the model wants inside it: asClassifier((x) => model.apply(';

function hintOf(low: number, high: number): string {
  if (Number.isNaN(low + high)) return 'Find where the NaN comes from.';
  if (low >= 0) return `Divide by 255, ${INSIDE}tf.mul(x, 255)), { classes }).`;
  return `Epsilon counts in [0, 1]: for images in [-1, 1] pass tf.div(tf.add(images, 1), 2), ${INSIDE}tf.sub(tf.mul(x, 2), 1)), { classes }).`;
}
