import { readsAreFree } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { exactSign } from '../ball/exact-sign.ts';
import { flatRows } from '../ball/flat-rows.ts';
import { nonZero } from '../ball/non-zero.ts';

/** A finite gradient; and float32 `[batch]`, 1 for the images whose gradient had an entry that was not finite, else 0. */
export type FiniteGradient = { gradient: tf.Tensor4D; notFinite: tf.Tensor1D };

/**
 * Makes a gradient finite: NaN becomes 0; an infinite entry becomes the largest finite size of its image's entries (1 where there is none),
 * with its sign. Finite entries are unchanged.
 * @param gradient - `[batch, height, width, channels]`.
 * @param mayRead - Whether one number an image may be read back; if all are finite, the gradient is then only cloned.
 * @returns Tensors that the caller disposes.
 */
export function finiteGradient(gradient: tf.Tensor4D, mayRead: boolean = readsAreFree()): FiniteGradient {
  return tf.tidy(() => {
    const notFinite = notFiniteRows(gradient);
    const isKnownFinite = mayRead && !notFinite.dataSync().includes(1);
    return { gradient: isKnownFinite ? tf.clone(gradient) : bounded(gradient), notFinite };
  });
}

/** float32 `[batch]`: 1 for the images with an entry that is not finite, else 0. The caller disposes it. */
export function notFiniteRows(gradient: tf.Tensor4D): tf.Tensor1D {
  // 0 g is NaN where g is NaN or infinite: one product and one sum, cheaper than a test of each entry
  return tf.tidy(() => {
    const sums: tf.Tensor1D = tf.sum(tf.mul(flatRows(gradient), 0), 1);
    return tf.cast(tf.isNaN(sums), 'float32');
  });
}

function bounded(gradient: tf.Tensor4D): tf.Tensor4D {
  const rows = flatRows(gradient);
  const finite = tf.where(tf.isFinite(rows), rows, tf.zerosLike(rows));
  const infinite = tf.sub(exactSign(rows), exactSign(finite)); // +-1 there, 0 elsewhere
  const largest = nonZero(tf.max(tf.abs(finite), 1, true));
  return tf.reshape(tf.add(finite, tf.mul(infinite, largest)), gradient.shape);
}
