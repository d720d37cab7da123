import type { Norm } from '@st/core';
import { checkChoice, NORMS, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from '../ball/check-same-shape.ts';
import { exactSign } from '../ball/exact-sign.ts';
import { flatRows } from '../ball/flat-rows.ts';
import { nonZero } from '../ball/non-zero.ts';
import { rowLengths } from '../ball/row-lengths.ts';
import { finiteGradient } from './finite-gradient.ts';

/** Share of the pixels that an l1 step moves, those of the largest gradient. */
const L1_STEP_SHARE = 0.01;

const WHERE: Where = '[@st/attacks] steepestDirection';

/**
 * The direction of a step, of unit norm, per image:
 * - `'linf'`: sign(g), with sign(0) = 0;
 * - `'l2'`: g / ||g||_2;
 * - `'l1'`: sign(g) / k on the k pixels of largest |g|, k being 1 % of them. The exact steepest direction moves the one largest pixel alone
 *   and needs thousands of steps; this is the sparse step of Tramer and Boneh's SLIDE.
 *
 * Where the gradient is zero, so is the direction. An entry that is NaN counts as 0; an infinite one has its sign in l-infinity, and in l2 and l1
 * the size of the largest finite entry of its image.
 * @param gradient - `[batch, height, width, channels]`.
 * @returns Same shape; the caller disposes it.
 * @throws {InvalidArgumentError} for an unknown norm or anything but a tensor; {ShapeError} for another dtype or shape.
 * @see Tramer and Boneh 2019, arXiv 1904.13000
 */
export function steepestDirection(norm: Norm, gradient: tf.Tensor4D): tf.Tensor4D {
  checkChoice(WHERE, 'norm', norm, NORMS);
  checkSameShape(WHERE, { gradient });
  return steepestDirectionUnchecked(norm, gradient);
}

/** `steepestDirection` for inner loops, whose arguments have been checked. */
export function steepestDirectionUnchecked(norm: Norm, gradient: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    if (norm === 'linf') return exactSign(gradient);
    const rows = flatRows(finiteGradient(gradient).gradient);
    return tf.reshape(norm === 'l2' ? unitRows(rows) : sparseSigns(rows), gradient.shape);
  });
}

function unitRows(rows: tf.Tensor2D): tf.Tensor2D {
  // scaled first: the square of a small gradient, as saturated logits give, would underflow
  const scaled: tf.Tensor2D = tf.div(rows, nonZero(tf.max(tf.abs(rows), 1, true)));
  return tf.div(scaled, nonZero(rowLengths('l2', scaled)));
}

function sparseSigns(rows: tf.Tensor2D): tf.Tensor2D {
  const size: tf.Tensor2D = tf.abs(rows);
  const count = Math.ceil(L1_STEP_SHARE * rows.shape[1]);
  const least = tf.slice(tf.topk(size, count).values, [0, count - 1], [-1, 1]);
  const signs = tf.mul(exactSign(rows), tf.cast(tf.greaterEqual(size, least), 'float32'));
  return tf.div(signs, nonZero(tf.sum(tf.abs(signs), 1, true)));
}
