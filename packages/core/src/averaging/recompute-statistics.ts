import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkDataset } from '../check-dataset.ts';
import { checkRng } from '../check-rng.ts';
import type { Classifier, NamedVariable } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import type { Dataset } from '../dataset.ts';
import { epochOrder } from '../epoch-order.ts';
import { checkKinds } from '../errors/check-kind.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { Rng } from '../rng.ts';
import { checkDatasetFits } from '../training/check-dataset-fits.ts';
import { nextTurn } from '../training/next-turn.ts';

/** Settings of `recomputeStatistics`. */
export type RecomputeStatisticsOptions = {
  /** Images per forward pass, at least 2; usually the training batch size. */
  readonly batchSize: number;
  /** Orders and augments the images. */
  readonly rng: Rng;
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined;
};

const WHERE = '[@st/core] recomputeStatistics';

/**
 * Replaces the running statistics of batch normalization by the mean of the batch statistics over an epoch of natural, augmented images, weighted by batch
 * size, at the current weights. Measures them with forward passes in mode `'batch-tracking'`, starting from statistics of 0; this works for any layer that
 * updates r' = (1 - m) r + m s, with any momentum m. Other variables are unchanged.
 * @throws {InvalidArgumentError} if the data set does not fit the classifier, or a statistic is not a moving average.
 * @throws `signal.reason` if the signal is aborted. On any error the old statistics are restored.
 * @see Izmailov et al. 2018, SWA, arXiv 1803.05407, section 3.2
 */
export async function recomputeStatistics(
  model: Classifier | LayersModel,
  dataset: Dataset,
  options: RecomputeStatisticsOptions,
): Promise<void> {
  checkKnownOptions(WHERE, options, ['batchSize', 'rng', 'signal']);
  const { batchSize, rng, signal } = options;
  const classifier = classifierOf(model);
  checkDataset(WHERE, 'dataset', dataset);
  checkRng(WHERE, rng);
  checkKinds(WHERE, options, { signal: 'signal' });
  checkNumber(WHERE, 'batchSize', batchSize, { min: 2, max: Math.max(2, dataset.size), integer: true });
  checkDatasetFits(WHERE, classifier, dataset);
  const order = epochOrder(dataset, batchSize, rng.split('order'));
  const before = classifier.statistics.map(({ variable }) => tf.clone(variable));
  const sums = new Map<string, tf.Tensor>();
  let measured: Moving = { statistics: [], shares: [] };
  try {
    for (let start = 0; start < order.length; start += batchSize) {
      signal?.throwIfAborted();
      const indices = order.subarray(start, start + batchSize);
      const batch = dataset.batch(indices, rng.split(`batch ${start}`));
      try {
        if (start === 0) measured = await findMoving(classifier, batch.images);
        for (const { name, variable } of measured.statistics) {
          assignFilled(variable, 0);
          if (!sums.has(name)) sums.set(name, tf.zerosLike(variable));
        }
        classifier.logits(batch.images, 'batch-tracking').dispose();
        for (const { name, variable } of measured.statistics) addTo(sums, name, variable, indices.length);
      } finally {
        tf.dispose(batch);
      }
      await nextTurn();
    }
    measured.statistics.forEach(({ name, variable }, i) => {
      const sum = sums.get(name);
      const share = measured.shares[i] ?? Number.NaN;
      if (sum) tf.tidy(() => variable.assign(tf.div(sum, order.length * share)));
    });
  } catch (error) {
    classifier.statistics.forEach(({ variable }, i) => {
      const value = before[i];
      if (value) variable.assign(value);
    });
    throw error;
  } finally {
    tf.dispose([before, [...sums.values()]]);
  }
}

/** The statistics that a pass updates, and the share m of the batch in each. */
type Moving = { readonly statistics: readonly NamedVariable[]; readonly shares: readonly number[] };

async function findMoving(classifier: Classifier, images: tf.Tensor4D): Promise<Moving> {
  const pass = (): void => classifier.logits(images, 'batch-tracking').dispose();
  const values = (of: readonly NamedVariable[]): Promise<(readonly number[])[]> =>
    Promise.all(of.map(async ({ variable }) => Array.from(await variable.data())));
  const start = await values(classifier.statistics);
  pass();
  const after = await values(classifier.statistics);
  const statistics = classifier.statistics.filter((_, i) => after[i]?.some((value, k) => value !== start[i]?.[k]));
  const [fromZero, fromOne] = [[] as (readonly number[])[], [] as (readonly number[])[]];
  for (const [value, found] of [[0, fromZero] as const, [1, fromOne] as const]) {
    for (const { variable } of statistics) assignFilled(variable, value);
    pass();
    found.push(...(await values(statistics)));
  }
  const shares = statistics.map((_, i) => 1 - ((fromOne[i]?.[0] ?? 1) - (fromZero[i]?.[0] ?? 0)));
  const wrong = shares.findIndex((share) => !(share > 0 && share <= 1));
  if (wrong < 0) return { statistics, shares };
  throw new InvalidArgumentError(
    `${WHERE}: '${statistics[wrong]?.name}' must be a moving average (1 - m) r + m s of batch statistics, but the share m of a batch is ${shares[wrong]}. Average the statistics with the weights instead: statistics: 'averaged'.`,
    { argument: 'model', received: shares[wrong] },
  );
}

function assignFilled(variable: tf.Variable, value: number): void {
  tf.tidy(() => variable.assign(tf.fill(variable.shape, value, 'float32')));
}

function addTo(sums: Map<string, tf.Tensor>, name: string, variable: tf.Variable, images: number): void {
  const sum = sums.get(name);
  if (!sum) return;
  sums.set(
    name,
    tf.tidy(() => tf.add(sum, tf.mul(images, variable))),
  );
  sum.dispose();
}
