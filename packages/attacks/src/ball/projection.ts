import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { clipAround } from './clip-around.ts';
import { projectUnchecked } from './project.ts';

/**
 * How a step brings its points back:
 * - `'threat'`: into the threat model, by `project`;
 * - `'box-first'`: clipped to [0, 1], then into the ball. In l2 that is another point than the other way round, and still an image, as the
 *   ball's projection moves towards the centre; in l-infinity it is the same. TRADES' l2 search has this order;
 * - `'box'`: clipped to [0, 1] alone; nothing holds it in the ball. N-FGSM.
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
