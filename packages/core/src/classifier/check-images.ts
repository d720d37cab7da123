import * as tf from '@tensorflow/tfjs-core';

import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { ShapeError } from '../errors/errors.ts';

/**
 * Checks that a value is a batch of images: float32 `[batch, height, width, channels]`, not disposed.
 * @throws {ShapeError} for anything else.
 */
export function checkImages(where: Where, images: unknown): asserts images is tf.Tensor4D {
  if (images instanceof tf.Tensor && images.rank === 4 && images.dtype === 'float32' && !images.isDisposed) return;
  const got = images instanceof tf.Tensor && images.isDisposed ? 'a tensor that is disposed' : describeValue(images);
  throw new ShapeError(
    `${where}: images must be float32 [batch, height, width, channels], got ${got}. Add the batch with tf.expandDims(image, 0), and divide 8-bit pixels by 255.`,
    { argument: 'images', received: images instanceof tf.Tensor ? images.shape : images },
  );
}
