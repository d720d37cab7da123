import type { BestScore, StopReason } from '../checkpoints/checkpoint.ts';
import type { Evaluation } from './evaluate.ts';

/** Loss terms as numbers, including `total`. */
export type LossValues = { readonly [term: string]: number };

/** Emitted once, after all checks and before the first step. */
export type FitStartEvent = {
  readonly type: 'start';
  /** Whether the run resumes from a checkpoint. */
  readonly resumed: boolean;
  /** The epoch that starts or continues, from 1. */
  readonly epoch: number;
  /** Steps taken so far: 0 unless resumed. Everything logged later than this step will be emitted again; truncate your log here. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Number of trainable parameters of the model. */
  readonly parameters: number;
  /** Best score before the resumption. */
  readonly bestScore: number | null;
};

/** Emitted after every training step. */
export type FitStepEvent = {
  readonly type: 'step';
  /** The current epoch, from 1. */
  readonly epoch: number;
  /** Steps taken in the run so far, including this one: 1 .. `totalSteps`. */
  readonly step: number;
  readonly totalSteps: number;
  /** Loss terms of this step's batch. */
  readonly losses: LossValues;
  /** The learning rate of this step. */
  readonly learningRate: number;
  /** Images trained per second, averaged over the last steps, without evaluations and checkpoints. */
  readonly imagesPerSecond: number;
  /** Seconds of training left at this speed, without evaluations. */
  readonly etaSeconds: number;
};

/** Emitted after an evaluation on the validation set. */
export type FitEvaluationEvent = {
  readonly type: 'evaluation';
  readonly epoch: number;
  readonly step: number;
  /** Evaluation of the raw weights. */
  readonly evaluation: Evaluation;
  /** Evaluation of the averaged weights; null while there are none. */
  readonly averaged: Evaluation | null;
  /** The score by the run's criterion, of the averaged weights if there are any. It decides the best checkpoint. */
  readonly score: number;
  /** The kind of `score`: natural or robust accuracy, or a custom function. */
  readonly criterion: FitResult['criterion'];
  /** Evaluation of the monitored training examples, with the weights that the score refers to; null without monitor. */
  readonly training: Evaluation | null;
  /** Score on the training examples minus score on the validation set; if it grows, the run overfits. Null without monitor. */
  readonly gap: number | null;
  /** Whether the score is the best so far. */
  readonly best: boolean;
  readonly seconds: number;
};

/** Emitted after a check for catastrophic overfitting. */
export type FitOverfittingEvent = {
  readonly type: 'overfitting-check';
  readonly epoch: number;
  readonly step: number;
  /** Accuracy on the batch's training examples, after its update. */
  readonly training: number;
  /** Accuracy under the stronger attack on the same images. */
  readonly attacked: number;
  /** Whether the difference exceeds the tolerance. */
  readonly overfitted: boolean;
  /** The step whose weights were restored; null if none were. */
  readonly rolledBack: number | null;
};

/** Emitted after a checkpoint was written. */
export type FitCheckpointEvent = {
  readonly type: 'checkpoint';
  readonly epoch: number;
  readonly step: number;
  readonly kind: 'last' | 'best';
  /** Name of the checkpoint in the store: `last.safetensors`. */
  readonly file: string;
};

/** Emitted at the end of every epoch, after its evaluation. */
export type FitEpochEvent = {
  readonly type: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** Means over the images of the epoch, including those before a resumption. */
  readonly losses: LossValues;
  /** Seconds of training in this epoch since the start or resumption. */
  readonly seconds: number;
};

/** Emitted once, as the last event; not after an error. */
export type FitEndEvent = { readonly type: 'end' } & FitResult;

/** The events that `fit` emits while it runs. */
export type FitEvent =
  | FitStartEvent
  | FitStepEvent
  | FitEvaluationEvent
  | FitOverfittingEvent
  | FitCheckpointEvent
  | FitEpochEvent
  | FitEndEvent;

/** The result of a run. */
export type FitResult = {
  /**
   * `'interrupted'`: the signal was aborted; with a checkpoint the run can be resumed. `'stopped-early'`: the score did not improve for
   * `evaluation.patience` evaluations. `'catastrophic-overfitting'`: see `catastrophicOverfitting`.
   */
  readonly status: 'finished' | 'interrupted' | StopReason;
  /** Steps taken in the whole run. */
  readonly step: number;
  readonly totalSteps: number;
  /** The best score on the validation set and where it was reached; null without evaluation. */
  readonly best: BestScore | null;
  /** The kind of that score: natural or robust accuracy, or a custom function. */
  readonly criterion: 'natural' | 'robust' | 'custom';
};
