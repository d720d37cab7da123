import {
  type Batch,
  type Classifier,
  createRng,
  type LossTerms,
  type Objective,
  SGD,
  trainStep,
  type View,
} from '@st/core';
import type { ViewImages } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import type { Golden } from './golden.ts';

/** The optimiser that the header of a file describes. */
export function sgdOf(golden: Golden): SGD {
  return new SGD({
    learningRate: golden.number('lr'),
    momentum: golden.number('momentum'),
    weightDecay: golden.number('weight_decay'),
    nesterov: golden.setting('nesterov') === 'True',
  });
}

/** A search that finds the points it is given, for images without a class too: a loss is then judged at the reference's own points. */
export function searchFinding<V extends View>(
  points: ViewImages<V>,
): (() => ViewImages<V>) & { readonly takesUnlabeled: true } {
  const search = (): ViewImages<V> => {
    const entries = Object.entries<tf.Tensor4D>(points).map(([view, images]) => [view, tf.clone(images)]);
    return Object.fromEntries(entries) as ViewImages<V>;
  };
  return Object.assign(search, { takesUnlabeled: true as const });
}

/** `trainStep`; its loss terms as numbers. */
export function trainOnce(
  classifier: Classifier,
  batch: Batch,
  { objective, optimizer }: { readonly objective: Objective; readonly optimizer: SGD },
): Readonly<Record<string, number>> {
  const terms: LossTerms = trainStep(classifier, batch, { objective, optimizer, rng: createRng(0) });
  const numbers = Object.entries(terms).map(([name, term]) => [name, term.dataSync()[0] ?? Number.NaN]);
  tf.dispose(Object.values(terms));
  return Object.fromEntries(numbers);
}
