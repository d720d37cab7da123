import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { toEpsilons } from '../ball/epsilons.ts';
import { PROJECTORS, type Projection } from '../ball/projection.ts';
import { steepestDirectionUnchecked } from '../gradient/steepest-direction.ts';

/** Where a step starts and what it follows, all of one shape `[batch, height, width, channels]`. */
export type StepFrom = {
  readonly points: tf.Tensor4D;
  readonly gradient: tf.Tensor4D;
  /** The natural images. */
  readonly center: tf.Tensor4D;
};

/** A back end may take a whole l-infinity step in one pass over the images, which is ten of tfjs's ops otherwise. */
const FUSED_KERNEL = 'StLinfStep';

/**
 * P(points + length d(gradient)): d the steepest direction of the threat model's norm, P the projection. Where pixels have radii of their own,
 * d is scaled by each one's share of the largest.
 * @param length - In the norm of the threat model; negative goes down.
 */
export function projectedStep(
  { points, gradient, center }: StepFrom,
  threat: ThreatModel,
  length: number,
  projection: Projection = 'threat',
): tf.Tensor4D {
  // in l-infinity 'box-first' ends in the same point: both clip each pixel to where box and ball meet
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
