import type { Batch } from '../batch.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Rng } from '../rng.ts';
import type { View, ViewImages } from './view.ts';

/**
 * A search: a configured function from (classifier, batch, rng) to images of one or more views. It runs outside any gradient tape, reads nothing back from
 * the device and borrows its arguments; the caller disposes the result.
 */
export type Search<V extends View = View> = {
  (classifier: Classifier, batch: Batch, rng: Rng): ViewImages<V>;
  /** The search uses no label, so it takes images without a class as well. */
  readonly takesUnlabeled?: true;
};
