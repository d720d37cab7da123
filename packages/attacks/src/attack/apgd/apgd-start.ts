import type { ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from '../../ball/check-same-shape.ts';
import { toEpsilons } from '../../ball/epsilons.ts';
import { flatRows } from '../../ball/flat-rows.ts';
import { l1BoxShiftUnchecked } from '../../ball/l1-box-shift.ts';
import { rowLengths } from '../../ball/row-lengths.ts';
import { checkThreat } from '../../ball/threat.ts';

/** Keeps a quotient of norms finite; the published code's constant. */
const NON_ZERO = 1e-12;

/**
 * The start of a run: for linf and l2 at distance epsilon in a random direction, x + epsilon d / (||d|| + 1e-12), d = 2 u - 1 or n; for l1 at
 * the projection of x + n onto the ball and the box. All clipped to [0, 1].
 * @param draws - U[0, 1) for linf, N(0, 1) for l2 and l1, shape of the images.
 * @returns Same shape; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a threat model and tensors; {ShapeError} if the shapes differ.
 */
export function apgdStart(threat: ThreatModel, images: tf.Tensor4D, draws: tf.Tensor4D): tf.Tensor4D {
  const where: Where = '[@st/attacks] apgdStart';
  const { norm, epsilon } = checkThreat(where, threat);
  checkSameShape(where, { images, draws });
  return tf.tidy(() => {
    if (norm === 'l1') {
      const projected: tf.Tensor4D = tf.add(tf.add(images, draws), l1BoxShiftUnchecked(images, draws, epsilon));
      return tf.clipByValue(projected, 0, 1);
    }
    const direction: tf.Tensor4D = norm === 'linf' ? tf.sub(tf.mul(2, draws), 1) : draws;
    const moved: tf.Tensor4D = tf.add(images, toEpsilons(threat, tf.mul(epsilon, normalized(norm, direction))));
    return tf.clipByValue(moved, 0, 1);
  });
}

/** v / (||v|| + 1e-12), each image by itself. */
export function normalized(norm: 'linf' | 'l2', images: tf.Tensor4D): tf.Tensor4D {
  return tf.div(images, tf.add(lengths(norm, images), NON_ZERO));
}

/** The norm of each image, `[batch, 1, 1, 1]`. */
export function lengths(norm: 'linf' | 'l2', images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.reshape(rowLengths(norm, flatRows(images)), [-1, 1, 1, 1]));
}
