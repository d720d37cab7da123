import type { ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { clipAround } from './clip-around.ts';
import { radiusOf } from './epsilons.ts';
import { projectL1BoxUnchecked } from './project-l1-box.ts';
import { projectL2Unchecked } from './project-l2.ts';
import { projectLinfUnchecked } from './project-linf.ts';
import { checkThreat } from './threat.ts';

const WHERE: Where = '[@st/attacks] project';

/**
 * Projects images into the threat model: into the ball around `center` and into [0, 1].
 * - `'linf'`: clipped, then `projectLinf`: the nearest point.
 * - `'l2'`: `projectL2`, then clipped, as published l2 attacks do. Clipping moves towards the center, so the point stays inside the ball;
 *   it is not the nearest where the box cuts the ball.
 * - `'l1'`: `projectL1Box`, the nearest point of the intersection: clipping after `projectL1` would waste much of the radius.
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Natural images of the same shape, in [0, 1]; a pixel outside is moved by at most epsilon, and not farther outside.
 * @returns Same shape as `x`; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 * @throws {InvalidArgumentError} for anything but a threat model and tensors.
 */
export function project(threat: ThreatModel, x: tf.Tensor4D, center: tf.Tensor4D): tf.Tensor4D {
  checkThreat(WHERE, threat);
  checkSameShape(WHERE, { center, x });
  return projectUnchecked(threat, x, center);
}

/** `project` for inner loops, whose arguments have been checked. */
export function projectUnchecked(threat: ThreatModel, x: tf.Tensor4D, center: tf.Tensor4D): tf.Tensor4D {
  const { norm, epsilon, bounds } = threat;
  return tf.tidy(() => {
    // clipping first gives the same point, and leaves images outside the box within epsilon of themselves
    if (norm === 'linf') return projectLinfUnchecked(tf.clipByValue(x, ...bounds), center, radiusOf(threat));
    const inBall = norm === 'l1' ? projectL1BoxUnchecked(x, center, epsilon) : projectL2Unchecked(x, center, epsilon);
    return clipAround(inBall, center); // in l1 this clips rounding errors alone
  });
}
