import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkLogitValues } from '../classifier/check-logit-values.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import { NO_CLASS, predictedClasses, readLogits } from '../classifier/predict.ts';
import type { Search } from '../contracts/search.ts';
import type { Dataset } from '../dataset.ts';
import { checkKinds } from '../errors/check-kind.ts';
import { checkKnownOptions, checkNumber, checkObject } from '../errors/check-options.ts';
import { checkTensor } from '../errors/check-tensor.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { createRng } from '../rng.ts';
import { checkLabeled } from '../unlabeled.ts';
import { checkDatasetFits } from './check-dataset-fits.ts';
import { nextTurn } from './next-turn.ts';

const WHERE = '[@st/core] evaluate';

/** Number of correct predictions, and of all. */
export type Count = {
  readonly correct: number;
  readonly total: number;
  /** `correct / total`, in [0, 1]. */
  readonly accuracy: number;
};

/** The counts of `evaluate`. */
export type Evaluation = {
  readonly natural: Count;
  /** Counts under the attack; null without one. */
  readonly adversarial: Count | null;
};

/** Settings of `evaluate`. */
export type EvaluateOptions = {
  /** Images per batch. Default 128. It affects the counts only through the randomness of an attack. */
  readonly batchSize?: number;
  /** Finds the adversarial examples. Default: none. */
  readonly search?: Search<'adversarial'>;
  /** Seed of the attack. Default 0. */
  readonly seed?: number;
  /** Number of examples, taken from the beginning of the set. Default: all. */
  readonly examples?: number;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the counts so far. */
  readonly onProgress?: (evaluation: Evaluation, examples: number) => void | Promise<void>;
};

const OPTIONS = ['batchSize', 'search', 'seed', 'examples', 'signal', 'onProgress'] as const;

/**
 * Counts the correct predictions of a classifier on a data set, on natural images and, with an attack, on adversarial ones. Exact for every batch size:
 * counts images, so a smaller last batch has the right weight. The model runs in mode `'inference'`; at ties the lower class is predicted.
 * @throws {InvalidArgumentError} if the set is empty or does not fit the model, an option is out of range, or logits are NaN.
 * @throws `signal.reason` if the signal is aborted.
 */
export async function evaluate(
  model: Classifier | LayersModel,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkKnownOptions(WHERE, options, OPTIONS);
  const { batchSize = 128, search, seed = 0, signal, onProgress } = options;
  if (search !== undefined) checkSearch(search);
  checkKinds(WHERE, options, { signal: 'signal', onProgress: 'function' });
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  const classifier = classifierOf(model);
  checkDatasetFits(WHERE, classifier, dataset);
  checkLabeled(WHERE, dataset, 'Accuracy needs labels: evaluate on labeled images.');
  const examples = checkNumber(WHERE, 'examples', options.examples ?? dataset.size, {
    min: 1,
    max: dataset.size,
    integer: true,
  });
  const rng = createRng(seed).split('evaluate');
  let natural = 0;
  let adversarial = 0;
  for (let start = 0; start < examples; start += batchSize) {
    signal?.throwIfAborted();
    const end = Math.min(start + batchSize, examples);
    const indices = Int32Array.from({ length: end - start }, (_, i) => start + i);
    const batch = dataset.batch(indices);
    try {
      const labels = await batch.labels.data();
      const what = `natural images ${start} to ${end - 1}`;
      // natural accuracy is valid for probabilities too, but attacks on them are weak and give too high a robust accuracy
      const judge = (logits: ArrayLike<number>): void => void (search && checkLogitValues(WHERE, classifier, logits));
      natural += await countCorrect(classifier, batch.images, labels, what, judge);
      if (search) {
        const found = search(classifier, batch, rng.split(`batch ${start}`));
        try {
          checkFound(found, batch.images);
          const what = `adversarial images ${start} to ${end - 1}`;
          adversarial += await countCorrect(classifier, found.adversarial, labels, what);
        } finally {
          tf.dispose(found);
        }
      }
    } finally {
      tf.dispose(batch);
    }
    await onProgress?.(evaluationOf(natural, search ? adversarial : null, end), end);
    await nextTurn();
  }
  return evaluationOf(natural, search ? adversarial : null, examples);
}

function evaluationOf(natural: number, adversarial: number | null, total: number): Evaluation {
  const count = (correct: number): Count => ({ correct, total, accuracy: correct / total });
  return { natural: count(natural), adversarial: adversarial === null ? null : count(adversarial) };
}

function checkSearch(search: unknown): void {
  if (typeof search === 'function') return;
  throw new InvalidArgumentError(
    `${WHERE}: search must be a function, got ${describeValue(search)}. Build one: pgdSearch({ threat, steps: 10, stepSize: 2 / 255 }).`,
    { argument: 'search', received: search },
  );
}

function checkFound(found: { readonly adversarial: unknown }, images: tf.Tensor4D): void {
  checkObject(WHERE, 'what the attack returns', found, ['adversarial']);
  checkTensor(WHERE, 'adversarial images of the attack', found.adversarial, { dtype: 'float32', shape: images.shape });
}

/** Number of correct predictions on `images`, in mode `'inference'`; errors name the images by `what`; `judge` receives the logits. */
export async function countCorrect(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: ArrayLike<number>,
  what: string,
  judge?: (logits: ArrayLike<number>) => void,
): Promise<number> {
  const logits = await readLogits(classifier, images);
  judge?.(logits);
  const predicted = predictedClasses(logits, classifier.classes, labels.length);
  if (predicted.includes(NO_CLASS)) {
    const first = logits.findIndex(Number.isNaN);
    refuseNaN((first < 0 ? logits.length : first) % classifier.classes, what); // if no NaN is found, a row is missing
  }
  return predicted.filter((label, i) => label === labels[i]).length;
}

function refuseNaN(label: number, what: string): never {
  throw new InvalidArgumentError(
    `${WHERE}: logits must not be NaN, got one for class ${label} among the ${what}. The weights have diverged or the images hold NaN: an accuracy counted from them would be meaningless.`,
    { argument: 'model', received: Number.NaN },
  );
}
