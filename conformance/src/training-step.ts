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

/** The optimizer that the header of a file describes. */
export function sgdOf(golden: Golden): SGD {
  return new SGD({
    learningRate: golden.number('lr'),
    momentum: golden.number('momentum'),
    weightDecay: golden.number('weight_decay'),
    nesterov: golden.setting('nesterov') === 'True',
  });
}

/** A search that returns the given points, so that a loss is compared at the points of the reference; also accepts images without a class. */
export function searchFinding<V extends View>(
  points: ViewImages<V>,
): (() => ViewImages<V>) & { readonly takesUnlabeled: true } {
  const search = (): ViewImages<V> => {
    const entries = Object.entries<tf.Tensor4D>(points).map(([view, images]) => [view, tf.clone(images)]);
    return Object.fromEntries(entries) as ViewImages<V>;
  };
  return Object.assign(search, { takesUnlabeled: true as const });
}

/** Runs `trainStep` and returns its loss terms as numbers. */
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
