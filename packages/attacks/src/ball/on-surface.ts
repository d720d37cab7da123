import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { flatRows } from './flat-rows.ts';
import { projectUnchecked } from './project.ts';
import { rowLengths } from './row-lengths.ts';

/**
 * Scales the perturbation of each point to the length of the radius, in the norm of the threat model, then clips to [0, 1]. An unperturbed image stays as it is.
 * @returns Same shape as `points`; the caller disposes it.
 */
export function onSurface(threat: ThreatModel, points: tf.Tensor4D, images: tf.Tensor4D): tf.Tensor4D {
  const { norm, epsilon, epsilons } = threat;
  return tf.tidy(() => {
    const moves = tf.sub<tf.Tensor4D>(points, images);
    const shares = epsilons
      ? tf.divNoNan(tf.mul(moves, epsilon), tf.tensor4d([...epsilons.values], [1, ...epsilons.shape]))
      : moves;
    const lengths = rowLengths(norm, flatRows(shares as tf.Tensor4D));
    const factors = tf.reshape(tf.divNoNan(tf.fill(lengths.shape, epsilon), lengths), [-1, 1, 1, 1]);
    return projectUnchecked(threat, tf.add(images, tf.mul(moves, factors)), images);
  });
}
