import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { startPerExample } from '../../ball/start-per-example.ts';
import { notFiniteRows } from '../../gradient/finite-gradient.ts';
import { LOSSES_BY_NAME } from '../../step/ascent-loss.ts';
import { lossGradient } from '../../step/loss-gradient.ts';
import { projectedStep } from '../../step/projected-step.ts';
import type { Round } from '../attack-in-rounds.ts';
import { betweenIterations } from '../between-iterations.ts';
import type { Walk } from './walk-options.ts';

/** The state of a walk; a type, not an interface, so that tidies can return it. */
type Walked = {
  points: tf.Tensor4D;
  /** float32 `[batch]`: above 0 for the examples with a gradient that had entries that are not finite. */
  notFinite: tf.Tensor1D;
};

/** The end of a walk. */
export type WalkEnd = {
  /** The last points; the caller disposes them. */
  readonly points: tf.Tensor4D;
  /** 1 where a gradient had entries that are not finite. */
  readonly gradientsNotFinite: Uint8Array;
};

/**
 * Walks from a start in [0, 1], each example's drawn from its own stream: `steps` times z <- P(z + stepSize d(grad_z loss)).
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export async function walk(
  classifier: Classifier,
  { images, labels, rngs }: Round,
  settings: Walk,
  signal: AbortSignal | undefined,
): Promise<WalkEnd> {
  const pause = betweenIterations(signal);
  let at: Walked = {
    points: startPerExample(settings.start, settings.threat, images, rngs),
    notFinite: tf.zeros(labels.shape),
  };
  try {
    for (let step = 0; step < settings.steps; step++) {
      await pause();
      const next = stepFrom(at, classifier, { images, labels }, settings);
      tf.dispose(at);
      at = next;
    }
    const gradientsNotFinite = Uint8Array.from(await at.notFinite.data(), (value) => Number(value > 0));
    return { points: tf.clone(at.points), gradientsNotFinite };
  } finally {
    tf.dispose(at);
  }
}

function stepFrom(
  { points, notFinite }: Walked,
  classifier: Classifier,
  { images, labels }: Pick<Round, 'images' | 'labels'>,
  { threat, stepSize, ascend }: Walk,
): Walked {
  return tf.tidy(() => {
    const { gradient } = lossGradient(classifier, { points, labels }, 'inference', LOSSES_BY_NAME[ascend]);
    // a model that ignores its input has no gradient at all, so the points stay
    if (gradient === undefined) return { points: tf.clone(points), notFinite: tf.clone(notFinite) };
    return {
      points: projectedStep({ points, gradient, center: images }, threat, stepSize),
      notFinite: tf.add(notFinite, notFiniteRows(gradient)),
    };
  });
}
