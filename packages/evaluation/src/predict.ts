import type { Classifier } from '@st/core';
import { NO_CLASS, predictedClasses, readLogits } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

/** Upper bound of `passes`. More passes hardly change a decision, and a file that claims more would keep its verifier busy forever. */
export const MOST_PASSES = 10_000;

/**
 * The predicted class of each image, in mode `'inference'`.
 *
 * One pass: the class of the largest logit (the lowest class if several are largest), `NO_CLASS` if a logit is NaN. Several passes (random
 * outputs): the class that more than half of them give, `NO_CLASS` if there is none, so that the image counts as misclassified. Stops early
 * once every class is decided.
 * @param passes - 1 for a deterministic model.
 */
export async function predict(classifier: Classifier, images: tf.Tensor4D, passes = 1): Promise<Int32Array> {
  const first = await predictOnce(classifier, images);
  if (passes === 1) return first;
  const votes = Array.from(first, (predicted) => new Map([[predicted, 1]]));
  for (let pass = 1; pass < passes && !votes.every((counts) => majorityOf(counts, passes) !== undefined); pass++) {
    const predictions = await predictOnce(classifier, images);
    for (const [i, predicted] of predictions.entries()) {
      votes[i]?.set(predicted, (votes[i]?.get(predicted) ?? 0) + 1);
    }
  }
  return Int32Array.from(votes, (counts) => majorityOf(counts, passes) ?? NO_CLASS);
}

async function predictOnce(classifier: Classifier, images: tf.Tensor4D): Promise<Int32Array> {
  return predictedClasses(await readLogits(classifier, images), classifier.classes, images.shape[0]);
}

function majorityOf(counts: ReadonlyMap<number, number>, passes: number): number | undefined {
  for (const [predicted, count] of counts) if (2 * count > passes) return predicted;
  return undefined;
}

/**
 * The share of passes that misclassify each image; NaN among the logits counts as misclassified. Stops early once every image is decided: more
 * than half of `passes` are right, or at least two thirds of `passes` are wrong.
 * @param labels - `[batch]`; borrowed, like the images.
 */
export async function wrongShares(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  passes: number,
): Promise<Float64Array> {
  const truth = await labels.data();
  const wrong = new Float64Array(truth.length);
  let pass = 0;
  const isOpen = (count: number): boolean => 2 * (pass - count) <= passes && 3 * count < 2 * passes;
  while (pass < passes && (pass === 0 || wrong.some(isOpen))) {
    const predictions = await predictOnce(classifier, images);
    for (const [i, predicted] of predictions.entries()) if (predicted !== truth[i]) wrong[i] = (wrong[i] ?? 0) + 1;
    pass++;
  }
  return wrong.map((count) => count / pass);
}
