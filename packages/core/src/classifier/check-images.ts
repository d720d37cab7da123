import type * as tf from '@tensorflow/tfjs-core';

import type { Where } from '../errors/check-options.ts';
import { checkTensor, type TensorForm } from '../errors/check-tensor.ts';
import type { Classifier } from './classifier.ts';

const AXES = ['height', 'width', 'channels'] as const;

/** The tensor form of a batch of images of a classifier's shape; null stands for any size. */
export function formOfImages(imageShape: Classifier['imageShape']): TensorForm {
  return {
    dtype: 'float32',
    shape: ['batch', ...AXES.map((axis, i) => imageShape[i] ?? axis)],
    hint: 'Add the batch with tf.expandDims(image, 0), and divide 8-bit pixels by 255.',
  };
}

/**
 * Checks that a value is a batch of images: float32 `[batch, height, width, channels]`, not disposed.
 * @throws {InvalidArgumentError} for a value that is not a tensor, or is disposed; {ShapeError} for a tensor of another form.
 */
export function checkImages(where: Where, images: unknown, form: TensorForm): asserts images is tf.Tensor4D {
  checkTensor<tf.Tensor4D>(where, 'images', images, form);
}
