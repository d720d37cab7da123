import {
  type Batch,
  type Classifier,
  checkBatch,
  checkClassifier,
  checkRng,
  type Rng,
  type ThreatModel,
  type Where,
} from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { checkRadiusFits } from '../ball/threat.ts';
import { type AscentStepOptions, ascentStep } from '../step/ascent-step.ts';

/**
 * Takes `steps` ascent steps from `start`, freeing each before the next. Disposes nothing that it was given.
 * @returns The last points; the caller disposes them.
 */
export function climb(
  classifier: Classifier,
  { images, labels }: Batch,
  start: tf.Tensor4D,
  options: AscentStepOptions & { readonly steps: number },
): tf.Tensor4D {
  // the outer tidy frees the points also when a step throws
  return tf.tidy(() => {
    let points = tf.clone(start);
    for (let step = 0; step < options.steps; step++) {
      const next = tf.tidy(() => ascentStep(classifier, { images, labels, points }, options).points);
      points.dispose();
      points = next;
    }
    return points;
  });
}

/** What a search is called with. */
type SearchCall = { readonly classifier: Classifier; readonly batch: Batch; readonly rng: Rng };

/** What every search checks of its arguments. */
export function checkSearch(where: Where, { classifier, batch, rng }: SearchCall, threat: ThreatModel): void {
  checkClassifier(where, classifier);
  checkSearchBatch(where, batch, threat);
  checkRng(where, rng, 'pass it last: search(classifier, { images, labels }, rng)');
}

/** What every search checks of the batch that it gets; the values too, where `checkBatch` reads them freely. */
export function checkSearchBatch(where: Where, batch: Batch, threat: ThreatModel): void {
  checkBatch(where, batch);
  const [, height, width, channels] = batch.images.shape;
  checkRadiusFits(where, threat, [height, width, channels]);
}
