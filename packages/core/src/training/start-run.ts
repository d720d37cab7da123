import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { WeightAverage } from '../averaging/weight-average.ts';
import { checkBatchValues } from '../batch.ts';
import { CarriedTensors } from '../carried-tensors.ts';
import { type Checkpoint, decodeCheckpoint, type RunState } from '../checkpoints/checkpoint.ts';
import { type CheckpointStore, LAST_CHECKPOINT } from '../checkpoints/checkpoint-store.ts';
import { checkpointStoreOf } from '../checkpoints/checkpoint-store-of.ts';
import { checkWeights, restoreCheckpoint, sectionTensors } from '../checkpoints/restore-checkpoint.ts';
import { checkLogitValues } from '../classifier/check-logit-values.ts';
import { checkTrainable } from '../classifier/check-trainable.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { classifierOf } from '../classifier/classifier-of.ts';
import type { Dataset } from '../dataset.ts';
import { epochExamples, epochOrder } from '../epoch-order.ts';
import { CheckpointError } from '../errors/errors.ts';
import { trainOptimizerOf } from '../optimizer/train-optimizer-of.ts';
import { createRng, type Rng, restoreRng } from '../rng.ts';
import { checkFitOptions } from './check-fit-options.ts';
import type { FitOptions, ReadyFitOptions } from './fit-options.ts';
import type { FitRun, Position } from './fit-run.ts';
import { refuseOtherSettings, settingsOf, toJson } from './fit-settings.ts';
import { planRun, type RunPlan } from './run-plan.ts';
import { createStepTimer } from './step-timer.ts';

const WHERE = '[@st/core] fit';
const START: Position = {
  epoch: 1,
  step: 0,
  best: null,
  losses: {},
  evaluated: 0,
  sinceBest: 0,
  stopped: null,
  lastGood: null,
};

/** The order of an epoch's examples. It does not depend on earlier draws, so a resumed run reproduces it. */
export function orderOf(train: Dataset, batchSize: number, rng: Rng, epoch: number): Int32Array {
  return epochOrder(train, batchSize, rng.split(`epoch ${epoch}`).split('order'));
}

/**
 * The random streams of one step. They do not depend on earlier draws, so a resumed run reproduces them. Steps that replay a batch share its augmentation.
 * @param batch - Index of the batch in the epoch, from 0; equal to `step` without replays.
 */
export function stepStreams(
  rng: Rng,
  epoch: number,
  step: number,
  batch: number = step,
): { augmentation: Rng; search: Rng } {
  const streams = rng.split(`epoch ${epoch}`);
  return {
    augmentation: streams.split(`step ${batch}`).split('augmentation'),
    search: streams.split(`step ${step}`).split('search'),
  };
}

/** Checks everything, reads the checkpoint if the run is resumed, and only then changes the classifier and the optimizer. */
export async function startRun(
  model: Classifier | LayersModel,
  train: Dataset,
  given: FitOptions,
): Promise<{ run: FitRun; resumed: boolean }> {
  const classifier = classifierOf(model);
  checkFitOptions(classifier, train, given);
  const options: ReadyFitOptions = { ...given, optimizer: trainOptimizerOf(WHERE, given.optimizer) };
  const { checkpoint } = options;
  const store = checkpoint === undefined ? null : checkpointStoreOf(WHERE, checkpoint);
  const lock = (await store?.lock?.()) ?? null;
  try {
    return await openRun({ classifier, train, options, store, lock });
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

/** Reads the checkpoint if the run is resumed, and prepares the state of the training. */
async function openRun({
  classifier,
  train,
  options,
  store,
  lock,
}: Pick<FitRun, 'classifier' | 'train' | 'options' | 'store' | 'lock'>): Promise<{ run: FitRun; resumed: boolean }> {
  const { optimizer, batchSize, epochs, steps, seed, resume = false } = options;
  const plan = planRun(epochExamples(train, batchSize), batchSize, epochs, steps, options.objective.replays);
  const settings = settingsOf(train, options, plan);
  const config = toJson(options.config ?? {});
  const found = store ? await readLast(store, resume) : null;
  if (found) {
    refuseOtherSettings(found.name, { ...found.run.settings, config: found.run.config }, { ...settings, config });
    checkPosition(found.name, found.run, plan);
    checkSections(found, classifier, options);
  }
  const rng = found ? restoreRng(found.run.rng) : createRng(seed);
  await checkFirstBatch(classifier, train, rng, options);
  if (found) restoreCheckpoint(found, classifier, { optimizer, name: found.name });
  const position = found ? positionOf(found.run) : START;
  const timer = createStepTimer();
  const memory = memoryOf(classifier, options, found);
  const run = { classifier, train, options, plan, rng, settings, config, store, lock, timer, position, ...memory };
  return { run: { ...run, saved: found ? position : null }, resumed: found !== null };
}

/** The position in a checkpoint, with defaults for fields that checkpoints of older versions lack. */
function positionOf(run: RunState): Position {
  const { epoch, step, best, losses, evaluated = 0, sinceBest = 0, stopped = null, lastGood = null } = run;
  return { epoch, step, best, losses, evaluated, sinceBest, stopped, lastGood };
}

/** The state of a run besides classifier and optimizer, restored from the checkpoint. */
function memoryOf(
  classifier: Classifier,
  { averaging }: ReadyFitOptions,
  found: Checkpoint | null,
): Pick<FitRun, 'average' | 'carried' | 'lastGood'> {
  const average = averaging ? new WeightAverage(classifier, averaging) : null;
  const carried = new CarriedTensors();
  if (!found) return { average, carried, lastGood: new Map() };
  const averaged = sectionTensors(found, 'average/');
  average?.restore(averaged, found.run.average?.updates ?? 0);
  const kept = sectionTensors(found, 'carried/');
  for (const [name, tensor] of kept) carried.set(name, tensor);
  tf.dispose([[...averaged.values()], [...kept.values()]]);
  return { average, carried, lastGood: sectionTensors(found, 'lastGood/') };
}

function checkSections(
  found: Checkpoint & { name: string },
  classifier: Classifier,
  { averaging }: ReadyFitOptions,
): void {
  if (found.run.lastGood) checkWeights(found, classifier, 'lastGood/', found.name);
  if (!averaging) return;
  checkWeights(found, classifier, 'average/', found.name);
  const has = [...found.tensors.keys()].some((key) => key.startsWith('average/statistics/'));
  if (has || classifier.statistics.length === 0 || averaging.statistics === 'recomputed') return;
  throw new CheckpointError(
    `${WHERE}: ${found.name}: its averaged weights must have averaged running statistics, got none. Use another checkpoint.`,
    { argument: 'checkpoint', received: found.name },
  );
}

async function readLast(store: CheckpointStore, resume: boolean): Promise<(Checkpoint & { name: string }) | null> {
  const bytes = await store.read(LAST_CHECKPOINT);
  if (!bytes) return null;
  const name = `${store.name}/${LAST_CHECKPOINT}`;
  if (resume) return { ...decodeCheckpoint(bytes, name), name };
  throw new CheckpointError(
    `${WHERE}: checkpoint '${store.name}' already holds a run (${LAST_CHECKPOINT}). Pass resume: true to continue it, or name another folder.`,
    { argument: 'checkpoint', received: store.name },
  );
}

function checkPosition(name: string, { epoch, step }: RunState, plan: RunPlan): void {
  if (epoch <= plan.epochs ? step <= plan.stepsOf(epoch) : epoch === plan.epochs + 1 && step === 0) return;
  throw new CheckpointError(
    `${WHERE}: ${name}: the run's state is damaged: epoch ${epoch}, step ${step} is outside the run of ${plan.epochs} epochs of ${plan.stepsPerEpoch} steps. Use another checkpoint.`,
    { argument: 'checkpoint', received: { epoch, step } },
  );
}

/** Checks pixel and label values in one batch only, because reading the whole set would take as long as loading an epoch. */
async function checkFirstBatch(
  classifier: Classifier,
  train: Dataset,
  rng: Rng,
  { batchSize, objective: { takesUnlabeled } }: ReadyFitOptions,
): Promise<void> {
  const indices = orderOf(train, batchSize, rng, 1).subarray(0, batchSize);
  const batch = train.batch(indices, stepStreams(rng, 1, 0).augmentation);
  try {
    const where = `${WHERE}: the first batch of '${train.name}'` as const;
    await checkBatchValues(where, batch, classifier.classes, { takesUnlabeled });
    const few = tf.slice(batch.images, 0, Math.min(2, indices.length));
    try {
      checkTrainable(WHERE, classifier, few);
      await checkOutputs(classifier, few);
    } finally {
      few.dispose();
    }
  } finally {
    tf.dispose(batch);
  }
}

/** Refuses probabilities, on back ends on which a step cannot read its logits. */
async function checkOutputs(classifier: Classifier, images: tf.Tensor4D): Promise<void> {
  if (classifier.output === 'logits') return;
  const logits = classifier.logits(images, 'inference');
  try {
    checkLogitValues(WHERE, classifier, await logits.data());
  } finally {
    logits.dispose();
  }
}
