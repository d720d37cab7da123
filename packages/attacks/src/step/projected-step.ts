import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { toEpsilons } from '../ball/epsilons.ts';
import { PROJECTORS, type Projection } from '../ball/projection.ts';
import { steepestDirectionUnchecked } from '../gradient/steepest-direction.ts';

/** The input of a step, all of one shape `[batch, height, width, channels]`. */
export type StepFrom = {
  readonly points: tf.Tensor4D;
  readonly gradient: tf.Tensor4D;
  /** The natural images. */
  readonly center: tf.Tensor4D;
};

/** A back end may register this kernel, which does an l-infinity step in one pass over the images in place of ten ops of tfjs. */
const FUSED_KERNEL = 'StLinfStep';

/**
 * P(points + length d(gradient)): d the steepest direction in the norm of the threat model, P the projection. If pixels have radii of their own,
 * each pixel of d is scaled by its radius / the largest radius. Checks nothing.
 * @param length - In the norm of the threat model; a negative one descends.
 */
export function projectedStep(
  { points, gradient, center }: StepFrom,
  threat: ThreatModel,
  length: number,
  projection: Projection = 'threat',
): tf.Tensor4D {
  // in l-infinity 'box-first' gives the same point: both clip each pixel to the intersection of box and ball
  if (threat.norm === 'linf' && !threat.epsilons && projection !== 'box' && hasFusedKernel()) {
    const [low, high] = threat.bounds;
    const attrs = { length, epsilon: threat.epsilon, low, high };
    return tf.engine().runKernel(FUSED_KERNEL, { points, gradient, center }, attrs) as tf.Tensor4D;
  }
  return tf.tidy(() => {
    const step = tf.mul(length, toEpsilons(threat, steepestDirectionUnchecked(threat.norm, gradient)));
    return PROJECTORS[projection](threat, tf.add(points, step), center);
  });
}

function hasFusedKernel(): boolean {
  const found: tf.KernelConfig | undefined = tf.getKernel(FUSED_KERNEL, tf.getBackend());
  return found !== undefined;
}
