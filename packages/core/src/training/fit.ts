import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { Classifier } from '../classifier/classifier.ts';
import type { Dataset } from '../dataset.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { LossTerms } from '../objective.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { FitResult, LossValues } from './fit-event.ts';
import type { FitOptions } from './fit-options.ts';
import { emit, type FitRun, saveCheckpoint, stepsAt } from './fit-run.ts';
import { nextTurn } from './next-turn.ts';
import { orderOf, startRun, stepStreams } from './start-run.ts';
import { trainStep } from './train-step.ts';

/**
 * Trains a classifier: epochs of shuffled batches, an evaluation on held-out examples after each, checkpoints.
 *
 * Everything random splits from `seed` by epoch and step, so a run that was stopped at any instant (kill -9 included) and resumed ends in
 * weights that are bit-identical to the uninterrupted run's on the same back end. The exception are layers that draw from tfjs's own
 * generator, such as its dropout.
 *
 * Before the first step it checks that data set, options, model and back end fit; what cannot work is refused with nothing touched.
 * @param model - A classifier, or a model that `asClassifier` takes; trained in place.
 * @param train - Its last, smaller batch of an epoch is trained on too.
 * @returns How the run ended; an aborted `signal` resolves with status `'interrupted'`.
 * @throws {InvalidArgumentError | ShapeError} for options or data that cannot be meant, or a loss that is NaN or infinite.
 * @throws {BackendError} if the back end lacks a kernel that training needs.
 * @throws {CheckpointError} if the folder holds a run that was not asked for, or one that does not fit; or cannot be written to.
 */
export async function fit(model: Classifier | LayersModel, train: Dataset, options: FitOptions): Promise<FitResult> {
  const { run, resumed } = await startRun(model, train, options);
  await emitStart(run, resumed);
  await saveCheckpoint(run, 'last'); // a kill before the first epoch ends can then be resumed from the same initial weights
  const status = await runEpochs(run);
  const { totalSteps } = run.plan;
  const result = { status, step: stepsAt(run, run.position), totalSteps, best: run.position.best };
  await emit(run, { type: 'end', ...result });
  return result;
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
    const finished = (await runSteps(run)) && (await evaluateEpoch(run));
    if (finished) await endEpoch(run);
    await saveCheckpoint(run, 'last');
    if (!finished) return 'interrupted';
  }
  return 'finished';
}

/** The steps of the present epoch that are left; false if the signal stopped them. */
async function runSteps(run: FitRun): Promise<boolean> {
  const { plan, rng, train, options } = run;
  const { signal, checkpointEvery = Number.POSITIVE_INFINITY } = options;
  const { epoch } = run.position;
  const steps = plan.stepsOf(epoch);
  const order = orderOf(train, options.batchSize, rng, epoch);
  while (run.position.step < steps) {
    if (signal?.aborted) return false;
    await runStep(run, order);
    await nextTurn();
    if (stepsAt(run, run.position) % checkpointEvery === 0) await saveCheckpoint(run, 'last');
  }
  return true;
}

async function runStep(run: FitRun, order: Int32Array): Promise<void> {
  const { options, plan, timer } = run;
  const { batchSize, optimizer, epochs } = options;
  const { epoch, step, losses: before } = run.position;
  const { stepsPerEpoch, totalSteps } = plan;
  const progress = { epoch, step, stepsPerEpoch, epochs, totalSteps };
  const indices = order.subarray(step * batchSize, (step + 1) * batchSize);
  optimizer.setProgress(progress);
  const losses = await timer.time(indices.length, () => takeStep(run, indices));
  refuseNonFinite(run, losses);
  const sums = Object.entries(losses).map(([term, value]) => [term, (before.sums[term] ?? 0) + value * indices.length]);
  run.position = {
    ...run.position,
    step: step + 1,
    losses: { images: before.images + indices.length, sums: Object.fromEntries(sums) },
  };
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
}

async function takeStep(
  { classifier, train, options, rng, position }: FitRun,
  indices: Int32Array,
): Promise<LossValues> {
  const { objective, optimizer } = options;
  const { augmentation, search } = stepStreams(rng, position.epoch, position.step);
  const batch = train.batch(indices, augmentation);
  try {
    return await readTerms(trainStep(classifier, batch, { objective, optimizer, rng: search }));
  } finally {
    tf.dispose(batch);
  }
}

async function readTerms(terms: LossTerms): Promise<LossValues> {
  try {
    const read = Object.entries(terms).map(async ([term, value]) => [term, (await value.data())[0] ?? Number.NaN]);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose(terms);
  }
}

function refuseNonFinite(run: FitRun, losses: LossValues): void {
  const [term, value] = Object.entries(losses).find(([, number]) => !Number.isFinite(number)) ?? [];
  if (term === undefined) return;
  const { position, saved, store } = run;
  const kept =
    store && saved
      ? ` '${store.name}' keeps the state after step ${stepsAt(run, saved)}.`
      : ' No checkpoint was asked for.';
  throw new InvalidArgumentError(
    `[@st/core] fit: the loss must be finite, got ${term} = ${value} at epoch ${position.epoch}, step ${stepsAt(run, position) + 1}. Training has diverged: lower the learning rate, or look for NaN in the data.${kept}`,
    { argument: 'objective', received: value },
  );
}

/** The epoch's evaluation, if one is due; false if the signal stopped it. */
async function evaluateEpoch(run: FitRun): Promise<boolean> {
  const { validation, evaluation = {}, batchSize, seed, signal } = run.options;
  const { epoch, best } = run.position;
  const due = epoch % (evaluation.every ?? 1) === 0 || epoch === run.plan.epochs;
  if (!validation || !due) return true;
  await saveCheckpoint(run, 'last'); // an evaluation can take longer than the epoch
  const { attack, examples } = evaluation;
  const start = performance.now();
  let found: Evaluation;
  try {
    found = await evaluate(run.classifier, validation, {
      batchSize: evaluation.batchSize ?? batchSize,
      seed,
      ...(attack && { attack }),
      ...(examples !== undefined && { examples }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return false;
    throw error;
  }
  const seconds = (performance.now() - start) / 1000;
  const score = (found.adversarial ?? found.natural).accuracy;
  const isBest = best === null || score > best.score;
  const step = stepsAt(run, run.position);
  await emit(run, { type: 'evaluation', epoch, step, evaluation: found, score, best: isBest, seconds });
  if (isBest) {
    run.position = { ...run.position, best: { score, epoch } };
    await saveCheckpoint(run, 'best');
  }
  return true;
}

async function endEpoch(run: FitRun): Promise<void> {
  const { epoch, best, losses } = run.position;
  const means = Object.entries(losses.sums).map(([term, sum]) => [term, sum / losses.images]);
  const step = stepsAt(run, run.position);
  await emit(run, { type: 'epoch', epoch, step, losses: Object.fromEntries(means), seconds: run.timer.lap() });
  run.position = { epoch: epoch + 1, step: 0, best, losses: { images: 0, sums: {} } };
}
