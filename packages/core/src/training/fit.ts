import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { type Batch, checkBatchValues } from '../batch.ts';
import type { StopReason } from '../checkpoints/checkpoint.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { LossTerms } from '../contracts/loss.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Dataset } from '../dataset.ts';
import type { Progress } from '../schedules/schedule.ts';
import { checkOverfitting } from './check-overfitting.ts';
import { criterionOf } from './criterion.ts';
import { evaluateIfDue, refreshAverageStatistics } from './evaluate-run.ts';
import type { FitResult, LossValues } from './fit-event.ts';
import type { FitOptions } from './fit-options.ts';
import { disposeRun, emit, type FitRun, type Position, saveCheckpoint, stepsAt } from './fit-run.ts';
import { nextTurn } from './next-turn.ts';
import { refuseNonFinite, refuseNonFiniteWeights } from './refuse-non-finite.ts';
import { orderOf, startRun, stepStreams } from './start-run.ts';
import { trainStep } from './train-step.ts';

/**
 * Trains a classifier: epochs of shuffled batches, an evaluation on held-out examples after each epoch, and checkpoints.
 *
 * All random numbers are split from `seed` by epoch and step. So a run that was stopped at any moment, even by kill -9, and resumed has the same weights, bit
 * for bit, as an uninterrupted run on the same back end. Exception: layers that draw from tfjs's own generator, such as its dropout.
 *
 * Before the first step, and before weights or files change, it checks that data set, options, model and back end fit.
 * @param model - A classifier, or a model that `asClassifier` takes; trained in place.
 * @param train - The training set; the last, smaller batch of an epoch is also trained on.
 * @returns How the run ended; an aborted `signal` resolves with status `'interrupted'`.
 * @throws {InvalidArgumentError | ShapeError} for invalid options or data, or a loss that is NaN or infinite.
 * @throws {BackendError} if the back end lacks a kernel that training needs.
 * @throws {CheckpointError} if the folder already holds a run without `resume`, holds one that does not fit, or cannot be written to.
 */
export async function fit(model: Classifier | LayersModel, train: Dataset, options: FitOptions): Promise<FitResult> {
  const { run, resumed } = await startRun(model, train, options);
  try {
    await emitStart(run, resumed);
    await saveCheckpoint(run, 'last'); // so that a run killed in the first epoch resumes with the same initial weights
    const status = await runEpochs(run);
    const { totalSteps } = run.plan;
    const criterion = criterionOf(run.options).name;
    const result = { status, step: stepsAt(run, run.position), totalSteps, best: run.position.best, criterion };
    await emit(run, { type: 'end', ...result });
    return result;
  } finally {
    disposeRun(run);
    await run.lock?.release();
  }
}

function emitStart(run: FitRun, resumed: boolean): Promise<void> {
  const { totalSteps, stepsPerEpoch, epochs } = run.plan;
  const { position, classifier } = run;
  return emit(run, {
    type: 'start',
    resumed,
    epoch: position.epoch,
    step: stepsAt(run, position),
    totalSteps,
    stepsPerEpoch,
    epochs,
    parameters: classifier.parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    bestScore: position.best?.score ?? null,
  });
}

async function runEpochs(run: FitRun): Promise<FitResult['status']> {
  while (run.position.epoch <= run.plan.epochs) {
    const outcome = await runSteps(run);
    if (outcome === 'done') await endEpoch(run);
    if (outcome !== 'interrupted' && isOver(run)) await refreshAverageStatistics(run, undefined);
    await saveCheckpoint(run, 'last');
    if (outcome !== 'done') return outcome;
  }
  return run.position.stopped ?? 'finished';
}

function isOver({ position, plan }: FitRun): boolean {
  return position.stopped !== null || position.epoch > plan.epochs;
}

/** Runs the remaining steps of the current epoch, and the evaluations due between and after them. */
async function runSteps(run: FitRun): Promise<'done' | 'interrupted' | StopReason> {
  const { plan, rng, train, options } = run;
  const { signal, checkpointEvery = Number.POSITIVE_INFINITY } = options;
  const { epoch } = run.position;
  const steps = plan.stepsOf(epoch);
  const order = orderOf(train, options.batchSize, rng, epoch);
  while (await evaluateIfDue(run)) {
    if (run.position.step >= steps) return 'done';
    if (run.position.stopped) return run.position.stopped;
    if (signal?.aborted) return 'interrupted';
    await runStep(run, order);
    await nextTurn();
    if (stepsAt(run, run.position) % checkpointEvery === 0) await saveCheckpoint(run, 'last');
  }
  return 'interrupted';
}

async function runStep(run: FitRun, order: Int32Array): Promise<void> {
  const { options, plan, timer } = run;
  const { batchSize, optimizer, epochs, objective } = options;
  const { epoch, step } = run.position;
  const { stepsPerEpoch, totalSteps } = plan;
  const progress = { epoch, step, stepsPerEpoch, epochs, totalSteps };
  const index = Math.floor(step / (objective.replays ?? 1));
  const indices = order.subarray(index * batchSize, (index + 1) * batchSize);
  optimizer.setProgress(progress);
  const losses = await timer.time(indices.length, () => takeStep(run, indices, index, progress));
  await refuseNonFinite(run, losses);
  run.position = { ...run.position, step: step + 1, losses: withLosses(run.position, losses, indices.length) };
  const taken = stepsAt(run, run.position);
  await emit(run, {
    type: 'step',
    epoch,
    step: taken,
    totalSteps,
    losses,
    learningRate: optimizer.learningRateAt(progress),
    imagesPerSecond: timer.imagesPerSecond(),
    etaSeconds: (totalSteps - taken) * timer.secondsPerStep(),
  });
  const end = index * batchSize + indices.length;
  // a full batch, even if the last batch of the epoch was smaller: accuracies on a few images are too noisy
  const checkedIndices = order.subarray(Math.max(0, end - batchSize), end);
  await checkOverfitting(run, { indices: checkedIndices, progress, streams: stepStreams(run.rng, epoch, step, index) });
}

function withLosses({ losses: before }: Position, losses: LossValues, images: number): Position['losses'] {
  const added = Object.entries(losses).map(([term, value]) => {
    const { images: count = 0, sum = 0 } = before[term] ?? {};
    return [term, { images: count + images, sum: sum + value * images }];
  });
  return { ...before, ...Object.fromEntries(added) };
}

async function takeStep(
  { classifier, train, options, rng, carried, average }: FitRun,
  indices: Int32Array,
  index: number,
  progress: Progress,
): Promise<LossValues> {
  const { objective, optimizer, clipNorm } = options;
  const { augmentation, search } = stepStreams(rng, progress.epoch, progress.step, index);
  const batch = train.batch(indices, augmentation);
  try {
    if (progress.epoch === 1) await checkStepBatch(train, batch, classifier, objective, progress.step);
    const terms = trainStep(classifier, batch, { objective, optimizer, rng: search, progress, carried, clipNorm });
    average?.update(progress);
    return await readTerms(terms);
  } finally {
    tf.dispose(batch);
  }
}

/** Checks the values of every batch of the first epoch, and so of the whole set, at the cost of reading them back. */
async function checkStepBatch(
  { name }: Dataset,
  batch: Batch,
  { classes }: Classifier,
  { takesUnlabeled }: Objective,
  step: number,
): Promise<void> {
  const where = `[@st/core] fit: step ${step + 1}, a batch of '${name}'` as const;
  await checkBatchValues(where, batch, classes, { takesUnlabeled });
}

async function readTerms(terms: LossTerms): Promise<LossValues> {
  try {
    const read = Object.entries(terms).map(async ([term, value]) => [term, (await value.data())[0] ?? Number.NaN]);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose(terms);
  }
}

async function endEpoch(run: FitRun): Promise<void> {
  await refuseNonFiniteWeights(run); // no later loss would show the result of the last update
  const { epoch, losses } = run.position;
  const means = Object.entries(losses).map(([term, { images, sum }]) => [term, sum / images]);
  const step = stepsAt(run, run.position);
  await emit(run, { type: 'epoch', epoch, step, losses: Object.fromEntries(means), seconds: run.timer.lap() });
  run.position = { ...run.position, epoch: epoch + 1, step: 0, losses: {} };
}
