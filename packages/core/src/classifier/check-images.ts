import type * as tf from '@tensorflow/tfjs-core';

import type { Where } from '../errors/check-options.ts';
import { checkTensor, type TensorForm } from '../errors/check-tensor.ts';

const IMAGES: TensorForm = {
  dtype: 'float32',
  shape: ['batch', 'height', 'width', 'channels'],
  hint: 'Add the batch with tf.expandDims(image, 0), and divide 8-bit pixels by 255.',
};

/**
 * Checks that a value is a batch of images: float32 `[batch, height, width, channels]`, not disposed.
 * @throws {InvalidArgumentError} for what is no tensor or disposed; {ShapeError} for a tensor of another rank or dtype.
 */
export function checkImages(where: Where, images: unknown): asserts images is tf.Tensor4D {
  checkTensor<tf.Tensor4D>(where, 'images', images, IMAGES);
}
