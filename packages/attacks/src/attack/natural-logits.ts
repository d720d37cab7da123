import { type Batch, type Classifier, InvalidArgumentError } from '@st/core';
import { NO_CLASS, predictedClasses, rankedClasses, readLogits, type Where } from '@st/core/kit';

/** A classifier's predictions for natural images. */
type NaturalLogits = {
  readonly labels: readonly number[];
  /** Indices of the examples whose label has the largest logit; of equal ones the lower class counts. */
  readonly right: readonly number[];
  /** The classes of an example from the largest logit to the smallest; of equal ones the lower class first. */
  ranked(example: number): readonly number[];
};

/**
 * One forward pass in mode `'inference'`, read back.
 * @param what - The images, for the error.
 * @throws {InvalidArgumentError} if a logit is NaN.
 */
export async function naturalLogits(
  where: Where,
  classifier: Classifier,
  batch: Batch,
  what = 'the natural images',
): Promise<NaturalLogits> {
  const values = await readLogits(classifier, batch.images);
  const labels = Array.from(await batch.labels.data());
  const { classes } = classifier;
  const predicted = predictedClasses(values, classes, labels.length);
  if (predicted.includes(NO_CLASS)) throw nanLogits(where, what);
  const ranked = (example: number): number[] =>
    rankedClasses(values.subarray(example * classes, (example + 1) * classes));
  const right = labels.flatMap((label, example) => (predicted[example] === label ? [example] : []));
  return { labels, right, ranked };
}

/** The error for NaN logits during an attack. */
export function nanLogits(where: Where, what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}: logits must not be NaN, got some for ${what}. All pixels were in [0, 1], so the weights have diverged, or the model computes an undefined value such as log(0) or 0 / 0. Correct the model.`,
    { argument: 'classifier', received: Number.NaN },
  );
}
