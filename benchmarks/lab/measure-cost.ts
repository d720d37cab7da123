// Run by the laboratory: what a training step of each method costs on a trained network, and what share of it the search takes. The methods alternate
// on the same batches, because the speed of a shared machine varies. The network stays as it is: the learning rate is negligible.
import { linf, pgdSearch, squeezeSearch, tradesSearch } from '@st/attacks';
import { useBackend } from '@st/backend';
import { type Batch, type Classifier, constant, createRng, type Objective, SGD, trainStep } from '@st/core';
import { writeFileDurably } from '@st/core/node';
import { cifar10 } from '@st/data';
import { adversarialLoss, objective, squeezeLoss, tradesLoss } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { Command } from 'commander';
import { median } from 'simple-statistics';

import { createProgress } from '../../apps/command-line/progress.ts';
import { loadModel } from '../../apps/evaluate/load-model.ts';
import type { StepCost } from './results.ts';

const BATCHES = 20;
const BATCH = 128;
/** The published search. */
const WALK = { threat: linf(8 / 255), steps: 10, stepSize: 2 / 255 };
const BETA = 6;
const NEGLIGIBLE = 1e-9;

const METHODS: Readonly<Record<string, Objective>> = {
  AT: objective({ search: pgdSearch(WALK), loss: adversarialLoss() }),
  TRADES: objective({ search: tradesSearch(WALK), loss: tradesLoss({ beta: BETA }) }),
  ST: objective({
    search: squeezeSearch({ ...WALK, divergence: 'symmetric-kl' }),
    loss: squeezeLoss({ beta: BETA, divergence: 'symmetric-kl' }),
  }),
};

const { checkpoint, out } = new Command('measure-cost')
  .requiredOption('--checkpoint <path>', 'folder of a run')
  .requiredOption('--out <file>', 'JSON file to write')
  .parse()
  .opts<{ checkpoint: string; out: string }>();

const progress = createProgress(process.stdout);
const { name: backend } = await useBackend('auto');
const { classifier } = await loadModel(checkpoint, {});
const { train } = await cifar10({ augment: [] });
const times = new Map(Object.keys(METHODS).map((name) => [name, { step: [] as number[], search: [] as number[] }]));
for (let i = -1; i < BATCHES; i++) {
  const batch = train.batch(Array.from({ length: BATCH }, (_, k) => (i + 1) * BATCH + k));
  for (const [name, method] of Object.entries(METHODS)) {
    const search = timeOf(() => searchOnce(method, classifier, batch));
    const step = timeOf(() => stepOnce(method, classifier, batch));
    if (i < 0) continue; // the first batch warms up
    times.get(name)?.search.push(search);
    times.get(name)?.step.push(step);
  }
  tf.dispose([batch.images, batch.labels]);
  progress.show({ task: 'cost of a step', unit: 'batch', done: i + 1, total: BATCHES });
}
const methods = Object.fromEntries(
  [...times].map(([name, { step, search }]): [string, StepCost] => [
    name,
    { milliseconds: median(step), searchShare: median(search.map((time, i) => time / (step[i] ?? Number.NaN))) },
  ]),
);
const [trades, st] = [times.get('TRADES')?.step ?? [], times.get('ST')?.step ?? []];
const stOverTrades = median(st.map((time, i) => time / (trades[i] ?? Number.NaN)));
await writeFileDurably(out, `${JSON.stringify({ backend, batches: BATCHES, methods, stOverTrades }, null, 1)}\n`);
progress.clear();

function searchOnce({ search }: Objective, on: Classifier, batch: Batch): void {
  const { views } = tf.tidy(() => search(on, batch, createRng(1), {}));
  const found = Object.values(views).filter((view) => view !== batch.images);
  for (const view of found) view.dataSync();
  tf.dispose(found);
}

function stepOnce(method: Objective, on: Classifier, batch: Batch): void {
  const optimizer = new SGD({ learningRate: constant(NEGLIGIBLE), momentum: 0.9, weightDecay: 5e-4 });
  const terms = trainStep(on, batch, { objective: method, optimizer, rng: createRng(1) });
  terms.total.dataSync();
  tf.dispose(terms);
  optimizer.dispose();
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
