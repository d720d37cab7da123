import { checkTensor, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

/** The shape of images. */
const IMAGES: readonly (number | string)[] = ['batch', 'height', 'width', 'channels'];

/**
 * Checks that every argument holds images, float32 `[batch, height, width, channels]`, all of the shape of the first.
 * @param images - By the names of their arguments.
 * @throws {InvalidArgumentError} for anything but a tensor; {ShapeError} for another dtype or shape; both name the argument.
 */
export function checkSameShape(where: Where, images: Readonly<Record<string, unknown>>): void {
  let shape = IMAGES;
  for (const [argument, tensor] of Object.entries(images)) {
    checkTensor<tf.Tensor4D>(where, argument, tensor, { dtype: 'float32', shape });
    shape = tensor.shape;
  }
}
