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
  /** The attack that measures robust accuracy, which decides the best checkpoint for objectives that train for it. */
  readonly search?: Search<'adversarial'>;
  /**
   * The score that decides the best checkpoint and early stopping: `'natural'` or `'robust'` accuracy, or a custom function (higher is better).
   * Default: the accuracy that the objective trains for: natural in natural training or without an attack, otherwise robust.
   */
  readonly criterion?: 'natural' | 'robust' | ((evaluation: Evaluation) => number);
  /** Number of validation examples to evaluate, from the beginning of the set. Default: all. */
  readonly examples?: number;
  /** Default: the training batch size. */
  readonly batchSize?: number;
  /** Epochs between two evaluations; the last epoch is always evaluated. Default 1. */
  readonly every?: number;
  /** Steps between additional evaluations, so that short runs can choose among checkpoints. Default: none. */
  readonly everySteps?: number;
  /** Early stopping: number of evaluations in a row without a better score that ends the run. Default: never. */
  readonly patience?: number;
  /**
   * Monitor of robust overfitting: number of training examples that are also evaluated, always the same ones and without augmentation. Events report the
   * difference of their score from that on the validation set. Default: none.
   */
  readonly trainingExamples?: number;
};

/**
 * How `fit` checks for catastrophic overfitting, in which a network trained on single-step examples becomes robust to these only. At intervals it compares
 * the accuracy on a batch's training examples with that under a stronger attack on the same images.
 */
export type CatastrophicOverfittingOptions = {
  /** A cheap attack that is stronger than that of the training: `pgdSearch({ threat, steps: 10, stepSize: 2 / 255 })`. */
  readonly search: Search<'adversarial'>;
  /** Steps between two checks; steps without adversarial examples are skipped. Default: one check at the end of each epoch. */
  readonly everySteps?: number;
  /** The largest accepted difference of the accuracies, in (0, 1). Default 0.2, the drop at which Wong et al. 2020 stop. */
  readonly tolerance?: number;
  /**
   * `'report'` (default): emits the event and continues. `'stop'`: restores the weights of the last check that passed, if there is one, and ends the run;
   * continuing from there would overfit again.
   */
  readonly action?: 'report' | 'stop';
};

/** Settings of `fit`. */
export type FitOptions = {
  /** The search and the loss to minimize. */
  readonly objective: Objective;
  /** `new SGD({ ... })`, or any of tfjs: `tf.train.adam(0.001)`, with a schedule `tfjsOptimizer(...)`. The caller disposes it. */
  readonly optimizer: TrainOptimizer | tf.Optimizer;
  /** Passes over the training set; with an objective with n replays, one pass costs as much as n passes. */
  readonly epochs: number;
  /** Upper limit of steps; schedules adapt to the length of the shorter run. */
  readonly steps?: number;
  /** Images per step; the last step of an epoch takes the remaining ones. */
  readonly batchSize: number;
  /** Seed of shuffling, augmentation and noise. */
  readonly seed: number;
  /**
   * Held-out examples by which the best checkpoint is chosen. Split them off the training set; never use the test set, because its accuracy would then be
   * an overestimate.
   */
  readonly validation?: Dataset;
  readonly evaluation?: FitEvaluationOptions;
  /**
   * Averages the weights during training: `ema({ decay: 0.995 })`, `swa({ start: 80 })`. Averaged and raw weights are both evaluated and saved in
   * checkpoints; the averaged ones decide the score, and `loadCheckpoint` loads them. The model ends with the raw weights.
   */
  readonly averaging?: Averaging;
  /** Scales the gradients of each step down to at most this global norm, > 0. Default: no clipping. */
  readonly clipNorm?: number;
  readonly catastrophicOverfitting?: CatastrophicOverfittingOptions;
  /** A folder (Node) or a store for `last.safetensors`, from which a run resumes, and `best.safetensors`. Default: none are written. */
  readonly checkpoint?: string | CheckpointStore;
  /** Steps between writes of `last`, in addition to those at the end of every epoch. Default: no additional ones. */
  readonly checkpointEvery?: number;
  /** Resumes from the checkpoint, or starts if there is none yet. Default false: an existing checkpoint is refused, never overwritten. */
  readonly resume?: boolean;
  /** The user's configuration of the run, saved in the checkpoints; a resumed run must have the same. */
  readonly config?: JsonObject;
  /** Aborting it stops the run after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Called, and awaited, at every event. */
  readonly onEvent?: (event: FitEvent) => void | Promise<void>;
};

/** The settings, with the optimizer as a `TrainOptimizer`. */
export type ReadyFitOptions = Omit<FitOptions, 'optimizer'> & { readonly optimizer: TrainOptimizer };
