import { linf, pgdSearch, squeezeSearch, tradesSearch } from '@st/attacks';
import { type Batch, type Classifier, createRng, type Dataset, type Objective, SGD, trainStep } from '@st/core';
import { adversarialLoss, objective, squeezeLoss, tradesLoss } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { median } from 'simple-statistics';

import type { MeasuredCost, StepCost } from './results.ts';

/** The published search. */
const WALK = { threat: linf(8 / 255), steps: 10, stepSize: 2 / 255 };
const BETA = 6;
/** The network stays as it is. */
const NEGLIGIBLE = 1e-9;

const METHODS = ['AT', 'TRADES', 'ST'] as const;

const OBJECTIVES: Readonly<Record<(typeof METHODS)[number], Objective>> = {
  AT: objective({ search: pgdSearch(WALK), loss: adversarialLoss() }),
  TRADES: objective({ search: tradesSearch(WALK), loss: tradesLoss({ beta: BETA }) }),
  ST: objective({
    search: squeezeSearch({ ...WALK, divergence: 'symmetric-kl' }),
    loss: squeezeLoss({ beta: BETA, divergence: 'symmetric-kl' }),
  }),
};

export type MeasureCostOptions = {
  readonly batches: number;
  readonly batchSize: number;
  readonly onProgress?: (done: number, total: number) => void;
};

type Times = { readonly step: number; readonly search: number };

/**
 * What a training step of each method costs on a network, and what share of it the search takes. The methods alternate on the same batches, because the
 * speed of a shared machine varies; one more batch warms up.
 */
export function measureCost(
  classifier: Classifier,
  dataset: Dataset,
  { batches, batchSize, onProgress }: MeasureCostOptions,
): MeasuredCost {
  const times = Array.from({ length: batches + 1 }, (_, i) => {
    const batch = dataset.batch(Array.from({ length: batchSize }, (_, k) => i * batchSize + k));
    const ofBatch = METHODS.map((method) => [method, timesOf(OBJECTIVES[method], classifier, batch)] as const);
    tf.dispose([batch.images, batch.labels]);
    onProgress?.(i, batches);
    return Object.fromEntries(ofBatch) as Record<(typeof METHODS)[number], Times>;
  }).slice(1);
  const costOf = (method: (typeof METHODS)[number]): StepCost => ({
    milliseconds: median(times.map((ofBatch) => ofBatch[method].step)),
    searchShare: median(times.map((ofBatch) => ofBatch[method].search / ofBatch[method].step)),
  });
  return {
    batches,
    methods: { AT: costOf('AT'), TRADES: costOf('TRADES'), ST: costOf('ST') },
    stOverTrades: median(times.map(({ ST, TRADES }) => ST.step / TRADES.step)),
  };
}

function timesOf(method: Objective, classifier: Classifier, batch: Batch): Times {
  return {
    search: timeOf(() => searchOnce(method, classifier, batch)),
    step: timeOf(() => stepOnce(method, classifier, batch)),
  };
}

function searchOnce({ search }: Objective, classifier: Classifier, batch: Batch): void {
  tf.tidy(() => {
    const { views } = search(classifier, batch, createRng(1));
    for (const view of Object.values(views)) view.dataSync();
  });
}

function stepOnce(method: Objective, classifier: Classifier, batch: Batch): void {
  const optimizer = new SGD({ learningRate: NEGLIGIBLE, momentum: 0.9, weightDecay: 5e-4 });
  const terms = trainStep(classifier, batch, { objective: method, optimizer, rng: createRng(1) });
  terms.total.dataSync();
  tf.dispose(terms);
  optimizer.dispose();
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
