import { checkTensor, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

/** The form of images. */
const IMAGES: readonly (number | string)[] = ['batch', 'height', 'width', 'channels'];

/**
 * Refuses what are no images, float32 `[batch, height, width, channels]`, of one shape: that of the first.
 * @param images - By the names of their arguments.
 * @throws {InvalidArgumentError} for what is no tensor; {ShapeError} for one of another form; both name the argument.
 */
export function checkSameShape(where: Where, images: Readonly<Record<string, unknown>>): void {
  let shape = IMAGES;
  for (const [argument, tensor] of Object.entries(images)) {
    checkTensor<tf.Tensor4D>(where, argument, tensor, { dtype: 'float32', shape });
    shape = tensor.shape;
  }
}
