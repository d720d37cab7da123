import type { ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from '../../ball/check-same-shape.ts';
import { toEpsilons } from '../../ball/epsilons.ts';
import { flatRows } from '../../ball/flat-rows.ts';
import { rowLengths } from '../../ball/row-lengths.ts';
import { checkThreat } from '../../ball/threat.ts';

/**
 * The start of a restart of FAB: half the radius away in a random direction, clip(x + epsilon d / (2 ||d||)).
 * @param draws - U[0, 1) for linf, of which d = 2 u - 1; N(0, 1) for l2 and l1. Shape of the images.
 * @returns Same shape, in [0, 1]; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a threat model and tensors; {ShapeError} if the shapes differ.
 */
export function fabStart(threat: ThreatModel, images: tf.Tensor4D, draws: tf.Tensor4D): tf.Tensor4D {
  const where: Where = '[@st/attacks] fabStart';
  const { norm, epsilon } = checkThreat(where, threat);
  checkSameShape(where, { images, draws });
  return tf.tidy(() => {
    const direction: tf.Tensor4D = norm === 'linf' ? tf.sub(tf.mul(2, draws), 1) : draws;
    const length = tf.reshape(rowLengths(norm, flatRows(direction)), [-1, 1, 1, 1]);
    const scaled = toEpsilons(threat, tf.div(tf.mul(epsilon, direction), length));
    const moved: tf.Tensor4D = tf.add(images, tf.mul(scaled, 0.5));
    return tf.clipByValue(moved, 0, 1);
  });
}
