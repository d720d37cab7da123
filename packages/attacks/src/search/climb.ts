import type { Batch, Classifier, Rng, ThreatModel } from '@st/core';
import { checkClassifier, checkRng, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchFits } from '../ball/check-batch-fits.ts';
import { ascentStepUnchecked, type CheckedAscent } from '../step/ascent-step.ts';

/**
 * Takes `steps` ascent steps from `start` and disposes the points of each after the next. All arguments are borrowed and have been checked.
 * @returns The last points; the caller disposes them.
 */
export function climb(
  classifier: Classifier,
  { images, labels }: Batch,
  start: tf.Tensor4D,
  options: CheckedAscent & { readonly steps: number },
): tf.Tensor4D {
  // the outer tidy frees the points also when a step throws
  return tf.tidy(() => {
    let points = tf.clone(start);
    for (let step = 0; step < options.steps; step++) {
      const next = tf.tidy(() => ascentStepUnchecked(classifier, { images, labels, points }, options).points);
      points.dispose();
      points = next;
    }
    return points;
  });
}

/** The arguments of a search. */
type SearchCall = { readonly classifier: Classifier; readonly batch: Batch; readonly rng: Rng };

/** Checks the arguments of a search. */
export function checkSearch(where: Where, { classifier, batch, rng }: SearchCall, threat: ThreatModel): void {
  checkClassifier(where, classifier);
  checkBatchFits(where, batch, threat);
  checkRng(where, rng, 'pass it last: search(classifier, { images, labels }, rng)');
}
