import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';

/**
 * Projects onto the Euclidean ball: c + (x - c) min(1, epsilon / ||x - c||_2), the norm taken over each whole image.
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 */
export function projectL2(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape('[@st/attacks] projectL2', 'x', x, center.shape);
  return tf.tidy(() => {
    const delta = flatRows(tf.sub(x, center));
    const length = tf.norm(delta, 2, 1, true);
    const shrunk = tf.mul(delta, tf.div(epsilon, tf.maximum(length, epsilon)));
    return tf.add(center, tf.reshape(shrunk, x.shape));
  });
}
