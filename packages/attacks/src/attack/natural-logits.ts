import { type Batch, type Classifier, InvalidArgumentError } from '@st/core';
import type { Where } from '@st/core/kit';

/** What a classifier says of natural images. */
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
  const logits = classifier.logits(batch.images, 'inference');
  let values: ArrayLike<number>;
  try {
    values = await logits.data();
  } finally {
    logits.dispose();
  }
  const labels = Array.from(await batch.labels.data());
  const { classes } = classifier;
  const at = (example: number, label: number): number => values[example * classes + label] ?? Number.NaN;
  if (Array.prototype.some.call(values, Number.isNaN)) throw nanLogits(where, what);
  const ranked = (example: number): number[] =>
    Array.from({ length: classes }, (_, label) => label).sort((a, b) => descending(at(example, a), at(example, b)));
  const right = labels.flatMap((label, example) => (ranked(example)[0] === label ? [example] : []));
  return { labels, right, ranked };
}

/** An order for `sort` in which infinite numbers have their place. */
function descending(a: number, b: number): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

/** The error of an attack that met NaN. */
export function nanLogits(where: Where, what: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}: logits must not be NaN, got some for ${what}. All pixels asked about are in [0, 1]: the weights have diverged, or the model is not defined there, as a logarithm or a quotient of 0 is not. Mend the model.`,
    { argument: 'classifier', received: Number.NaN },
  );
}
