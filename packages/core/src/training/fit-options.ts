import type { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import type { JsonObject } from '../checkpoints/json.ts';
import type { Dataset } from '../dataset.ts';
import type { Objective, Search } from '../objective.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import type { FitEvent } from './fit-event.ts';

/** How `fit` evaluates on the validation set. */
export type FitEvaluationOptions = {
  /** With it, robust accuracy decides which checkpoint is best; without, natural accuracy. */
  readonly attack?: Search<'adversarial'>;
  /** Evaluates the first so many examples of the validation set. Default: all. */
  readonly examples?: number;
  /** Default: the training batch size. */
  readonly batchSize?: number;
  /** Evaluates every so many epochs, and after the last. Default 1. */
  readonly every?: number;
};

/** Settings of `fit`. */
export type FitOptions = {
  /** What to minimise. */
  readonly objective: Objective;
  /** Such as `new SGD({ ... })`; stays the caller's to dispose. */
  readonly optimizer: TrainOptimizer;
  /** Passes over the training set. */
  readonly epochs: number;
  /** Ends the run after so many steps, if that is sooner; schedules see the shorter run. */
  readonly steps?: number;
  /** Images a step; the last step of an epoch takes what is left. */
  readonly batchSize: number;
  /** Decides shuffling, augmentation and noise. */
  readonly seed: number;
  /**
   * Held-out examples that choose the best checkpoint. Never the test set: a checkpoint chosen on the test set makes its test accuracy
   * an overestimate. Split it off the training set.
   */
  readonly validation?: Dataset;
  readonly evaluation?: FitEvaluationOptions;
  /** A folder's path (Node) or a store. Gets `last.safetensors` to resume from and `best.safetensors`. Default: none are written. */
  readonly checkpoint?: string | CheckpointStore;
  /** Writes `last` every so many steps, besides at the end of every epoch. Default: only then. */
  readonly checkpointEvery?: number;
  /** Goes on from the checkpoint, or starts if there is none yet. Default false: a checkpoint that exists is refused, never overwritten. */
  readonly resume?: boolean;
  /** The run's configuration in the user's own words, kept in the checkpoints; a resumed run must have the same. */
  readonly config?: JsonObject;
  /** Aborting it stops the run after the present step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Called, and awaited, at every event. */
  readonly onEvent?: (event: FitEvent) => void | Promise<void>;
};
