import { checkNumber, checkTensor, type TensorForm, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';

const WHERE: Where = '[@st/attacks] projectLinf';

const RADII: TensorForm = {
  dtype: 'float32',
  shape: [1, 'height', 'width', 'channels'],
  hint: 'A number is the radius of all pixels: 8 / 255.',
};

/**
 * Projects onto the l-infinity ball: min(max(x, c - epsilon), c + epsilon).
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units; or one a pixel, `[1, height, width, channels]`, each dimension 1 or that of the images.
 * @returns Same shape as `x`, the nearest point in every norm; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a tensor, or a radius below 0; {ShapeError} if the shapes differ.
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function projectLinf(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number | tf.Tensor4D): tf.Tensor4D {
  checkSameShape(WHERE, { center, x });
  if (typeof epsilon === 'number') checkNumber(WHERE, 'epsilon', epsilon, { min: 0 });
  else checkTensor(WHERE, 'epsilon', epsilon, RADII);
  return projectLinfUnchecked(x, center, epsilon);
}

/** `projectLinf` for inner loops, whose arguments have been checked. */
export function projectLinfUnchecked(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number | tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.minimum(tf.maximum(x, tf.sub(center, epsilon)), tf.add(center, epsilon)));
}
