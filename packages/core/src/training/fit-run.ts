import * as tf from '@tensorflow/tfjs-core';

import type { WeightAverage } from '../averaging/weight-average.ts';
import type { CarriedTensors } from '../carried-tensors.ts';
import { captureCheckpoint } from '../checkpoints/capture-checkpoint.ts';
import { encodeCheckpoint, type RunState } from '../checkpoints/checkpoint.ts';
import { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from '../checkpoints/checkpoint-store.ts';
import type { JsonObject } from '../checkpoints/json.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Dataset } from '../dataset.ts';
import { CheckpointError, StError } from '../errors/errors.ts';
import type { Rng } from '../rng.ts';
import type { FitEvent } from './fit-event.ts';
import type { ReadyFitOptions } from './fit-options.ts';
import type { RunPlan } from './run-plan.ts';
import type { StepTimer } from './step-timer.ts';

/** The position of a run; immutable: every change makes a new object. */
export type Position = Required<
  Pick<RunState, 'epoch' | 'step' | 'best' | 'losses' | 'evaluated' | 'sinceBest' | 'stopped' | 'lastGood'>
>;

/** A run of `fit` in progress. */
export type FitRun = {
  readonly classifier: Classifier;
  readonly train: Dataset;
  readonly options: ReadyFitOptions;
  readonly plan: RunPlan;
  /** Only split, never drawn from. */
  readonly rng: Rng;
  readonly settings: JsonObject;
  readonly config: JsonObject;
  readonly store: CheckpointStore | null;
  /** Lock on the store; null if the store has none. */
  readonly lock: { release(): Promise<void> } | null;
  readonly timer: StepTimer;
  /** Null without averaging. */
  readonly average: WeightAverage | null;
  /** Tensors that the objective keeps between steps. */
  readonly carried: CarriedTensors;
  /** The weights at the last check that found no catastrophic overfitting, if the run may have to restore them. */
  readonly lastGood: Map<string, tf.Tensor>;
  position: Position;
  /** The position that `last` holds; null before it was written. */
  saved: Position | null;
};

/** Total steps of the run at a position. */
export function stepsAt({ plan }: FitRun, { epoch, step }: Position): number {
  return Math.min((epoch - 1) * plan.stepsPerEpoch + step, plan.totalSteps);
}

/** Calls the user's `onEvent` and awaits it. */
export async function emit({ options }: FitRun, event: FitEvent): Promise<void> {
  await options.onEvent?.(event);
}

/**
 * Writes the current state, unless `last` already holds it or there is no store.
 * @throws {CheckpointError} if it cannot be written, or contains NaN.
 */
export async function saveCheckpoint(run: FitRun, kind: 'last' | 'best'): Promise<void> {
  const { store, position, classifier, options, settings, config, rng } = run;
  if (!store || (kind === 'last' && run.saved === position)) return;
  const file = kind === 'last' ? LAST_CHECKPOINT : BEST_CHECKPOINT;
  const { average } = run;
  const averaged = average && { average: { updates: average.updates } };
  const state = { ...position, ...averaged, rng: rng.state(), settings, config };
  const checkpoint = await captureCheckpoint(classifier, options.optimizer, state, furtherTensors(run, kind));
  await write(store, file, encodeCheckpoint(checkpoint));
  if (kind === 'last') run.saved = position;
  await emit(run, { type: 'checkpoint', epoch: position.epoch, step: stepsAt(run, position), kind, file });
}

/** The tensors besides weights and optimizer slots. `best` omits those that only a resumption needs, because runs never resume from it. */
function furtherTensors({ average, carried, lastGood }: FitRun, kind: 'last' | 'best'): [string, tf.Tensor][] {
  const under = (section: string, entries: Iterable<readonly [string, tf.Tensor]>): [string, tf.Tensor][] =>
    Array.from(entries, ([name, tensor]) => [`${section}/${name}`, tensor]);
  const averaged = average ? under('average', average.entries()) : [];
  if (kind === 'best') return averaged;
  return [...averaged, ...under('carried', carried.entries()), ...under('lastGood', lastGood)];
}

/** Disposes the tensors of the run; classifier and optimizer belong to the caller. */
export function disposeRun({ average, carried, lastGood }: FitRun): void {
  average?.dispose();
  carried.dispose();
  tf.dispose([...lastGood.values()]);
  lastGood.clear();
}

async function write(store: CheckpointStore, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.write(file, bytes);
  } catch (error) {
    if (error instanceof StError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(
      `[@st/core] fit: could not write ${file} to '${store.name}': ${reason}. The checkpoint that was there is the last good one; fix the store and resume.`,
      { argument: 'checkpoint', cause: error },
    );
  }
}
