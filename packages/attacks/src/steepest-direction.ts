import { checkChoice, NORMS, type Norm } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { flatRows } from './flat-rows.ts';

/** The share of pixels that an l1 step moves: those of the largest gradient. */
export const L1_STEP_SHARE = 0.01;

/**
 * The direction of unit norm in which a step goes, per image:
 * - `'linf'`: sign(g), with sign(0) = 0;
 * - `'l2'`: g / ||g||_2;
 * - `'l1'`: sign(g) / k on the k pixels of largest |g|, k being 1 % of them. The steepest direction would move the one largest pixel
 *   alone and need thousands of steps; this is the sparse step of Tramer and Boneh's SLIDE.
 *
 * Where the gradient is zero, so is the direction.
 * @param gradient - `[batch, height, width, channels]`.
 * @returns Same shape; the caller disposes it.
 * @throws {InvalidArgumentError} for an unknown norm.
 * @see Tramer and Boneh 2019, arXiv 1904.13000
 */
export function steepestDirection(norm: Norm, gradient: tf.Tensor4D): tf.Tensor4D {
  const checked = checkChoice('[@st/attacks] steepestDirection', 'norm', norm, NORMS);
  return tf.tidy(() => {
    if (checked === 'linf') return exactSign(gradient);
    const rows = flatRows(gradient);
    return tf.reshape(checked === 'l2' ? unitRows(rows) : sparseSigns(rows), gradient.shape);
  });
}

function unitRows(rows: tf.Tensor2D): tf.Tensor2D {
  // scaled first: the square of a small gradient, as saturated logits give, would underflow
  const scaled = tf.div(rows, nonZero(tf.max(tf.abs(rows), 1, true)));
  return tf.div(scaled, nonZero(tf.norm(scaled, 2, 1, true)));
}

function sparseSigns(rows: tf.Tensor2D): tf.Tensor2D {
  const size: tf.Tensor2D = tf.abs(rows);
  const count = Math.ceil(L1_STEP_SHARE * rows.shape[1]);
  const least = tf.slice(tf.topk(size, count).values, [0, count - 1], [-1, 1]);
  const signs = tf.mul(exactSign(rows), tf.cast(tf.greaterEqual(size, least), 'float32'));
  return tf.div(signs, nonZero(tf.sum(tf.abs(signs), 1, true)));
}

/** sign(g) by comparison: the `Sign` kernel of tfjs's wasm back end takes everything below 1.2e-7 for 0, and first steps have such gradients. */
function exactSign<T extends tf.Tensor>(values: T): T {
  return tf.sub(tf.cast(tf.greater(values, 0), 'float32'), tf.cast(tf.less(values, 0), 'float32'));
}

function nonZero(values: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(values, 0), 1, values);
}
