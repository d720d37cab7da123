import { checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { addDithered } from './add-dithered.ts';
import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';
import { rowLengths } from './row-lengths.ts';

const WHERE: Where = '[@st/attacks] projectL2';

/**
 * Projects onto the Euclidean ball: c + (x - c) min(1, epsilon / ||x - c||_2), the norm taken over each whole image. Dithered
 * rounding keeps the length at epsilon at any image size (`addDithered`).
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a tensor, or a radius not above 0; {ShapeError} if the shapes differ.
 */
export function projectL2(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape(WHERE, { center, x });
  checkNumber(WHERE, 'epsilon', epsilon, { min: 0, aboveMin: true });
  return projectL2Unchecked(x, center, epsilon);
}

/** `projectL2` for inner loops, whose arguments have been checked. */
export function projectL2Unchecked(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  return tf.tidy(() => {
    const delta = flatRows(tf.sub(x, center));
    const length = rowLengths('l2', delta);
    const shrunk: tf.Tensor2D = tf.mul(delta, tf.div(epsilon, tf.maximum(length, epsilon)));
    const isRounded: tf.Tensor2D = tf.logicalAnd(tf.greater(length, epsilon), tf.notEqual(delta, 0));
    return tf.reshape(addDithered(flatRows(center), shrunk, isRounded), x.shape);
  });
}
