import type * as tf from '@tensorflow/tfjs-core';
import type { Averaging } from '../averaging/averaging.ts';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import type { JsonObject } from '../checkpoints/json.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Search } from '../contracts/search.ts';
import type { Dataset } from '../dataset.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import type { Evaluation } from './evaluate.ts';
import type { FitEvent } from './fit-event.ts';

/** How `fit` evaluates on the validation set. */
export type FitEvaluationOptions = {
  /** Measures robust accuracy, which decides the best checkpoint of objectives that train for it. */
  readonly search?: Search<'adversarial'>;
  /**
   * The score that decides the best checkpoint and early stopping: `'natural'` or `'robust'` accuracy, or a function of your own, higher is better.
   * Default: the accuracy that the objective trains for: natural in natural training or without an attack, else robust.
   */
  readonly criterion?: 'natural' | 'robust' | ((evaluation: Evaluation) => number);
  /** Number of validation examples to evaluate, from the beginning of the set. Default: all. */
  readonly examples?: number;
  /** Default: the training batch size. */
  readonly batchSize?: number;
  /** Epochs between two evaluations; the last epoch is always evaluated. Default 1. */
  readonly every?: number;
  /** Steps between two further evaluations, so that short runs can choose among checkpoints. Default: none. */
  readonly everySteps?: number;
  /** Early stopping: number of evaluations in a row without a better score that ends the run. Default: never. */
  readonly patience?: number;
  /**
   * Robust-overfitting monitor: number of training examples to evaluate too, always the same ones and without augmentation; events
   * state how much better they score than the validation set. Default: none.
   */
  readonly trainingExamples?: number;
};

/**
 * How `fit` looks out for catastrophic overfitting, in which a network trained on single-step examples learns to answer those alone:
 * at intervals it compares the accuracy on a batch's training examples with that under a stronger attack on the same images.
 */
export type CatastrophicOverfittingOptions = {
  /** A stronger attack than training's, and cheap: `pgdSearch({ threat, steps: 10, stepSize: 2 / 255 })`. */
  readonly search: Search<'adversarial'>;
  /** Steps between two checks; steps without adversarial examples are skipped. Default: one check at the end of each epoch. */
  readonly everySteps?: number;
  /** The difference of the accuracies that is still sound, in (0, 1). Default 0.2, the drop that Wong et al. 2020 stop at. */
  readonly tolerance?: number;
  /**
   * `'report'` (default): emits the event and continues. `'stop'`: restores the weights of the last check that passed, if there was one,
   * and ends the run; continuing from there would overfit again.
   */
  readonly action?: 'report' | 'stop';
};

/** Settings of `fit`. */
export type FitOptions = {
  /** The search and the loss to minimise. */
  readonly objective: Objective;
  /** `new SGD({ ... })`, or any of tfjs: `tf.train.adam(0.001)`, with a schedule `tfjsOptimizer(...)`. Stays the caller's to dispose. */
  readonly optimizer: TrainOptimizer | tf.Optimizer;
  /** Passes over the training set; one of an objective with replays costs as much as that many plain ones. */
  readonly epochs: number;
  /** Upper limit of steps; schedules get the length of the shorter run. */
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
  /**
   * Averages the weights during training: `ema({ decay: 0.995 })`, `swa({ start: 80 })`. The averaged weights are evaluated beside the raw ones,
   * decide the score, and are kept beside them in the checkpoints; `loadCheckpoint` reads them. The model itself ends with the raw ones.
   */
  readonly averaging?: Averaging;
  /** Scales the gradients of each step down to this global norm, > 0. Default: they stay as they are. */
  readonly clipNorm?: number;
  readonly catastrophicOverfitting?: CatastrophicOverfittingOptions;
  /** A folder's path (Node) or a store. Gets `last.safetensors` to resume from and `best.safetensors`. Default: none are written. */
  readonly checkpoint?: string | CheckpointStore;
  /** Steps between two writes of `last`, besides those at the end of every epoch. Default: none between. */
  readonly checkpointEvery?: number;
  /** Resumes from the checkpoint, or starts if there is none yet. Default false: an existing checkpoint is refused, never overwritten. */
  readonly resume?: boolean;
  /** The run's configuration in the user's own words, kept in the checkpoints; a resumed run must have the same. */
  readonly config?: JsonObject;
  /** Aborting it stops the run after the present step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Called, and awaited, at every event. */
  readonly onEvent?: (event: FitEvent) => void | Promise<void>;
};

/** The settings with their optimizer as training takes it. */
export type ReadyFitOptions = Omit<FitOptions, 'optimizer'> & { readonly optimizer: TrainOptimizer };
