import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { clipAround } from './clip-around.ts';
import { projectUnchecked } from './project.ts';

/**
 * The projection after a step:
 * - `'threat'`: into the threat model, by `project`;
 * - `'box-first'`: clipped to [0, 1], then projected into the ball, as in TRADES' l2 search. In l2 the order changes the point; it stays in [0, 1],
 *   because the ball's projection moves towards the center. In l-infinity the order does not matter;
 * - `'box'`: clipped to [0, 1] alone; the point may leave the ball. For N-FGSM.
 */
export type Projection = 'threat' | 'box-first' | 'box';

type Projector = (threat: ThreatModel, x: tf.Tensor4D, center: tf.Tensor4D) => tf.Tensor4D;

/** The projections by name, unchecked. */
export const PROJECTORS: Readonly<Record<Projection, Projector>> = {
  threat: projectUnchecked,
  'box-first': (threat, x, center) =>
    tf.tidy(() => projectUnchecked(threat, tf.clipByValue(x, ...threat.bounds), center)),
  box: (_threat, x, center) => clipAround(x, center),
};
