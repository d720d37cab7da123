import type { BestScore, StopReason } from '../checkpoints/checkpoint.ts';
import type { Evaluation } from './evaluate.ts';

/** Loss terms as numbers, `total` among them. */
export type LossValues = { readonly [term: string]: number };

/** Once, after every check has passed and before the first step. */
export type FitStartEvent = {
  readonly type: 'start';
  /** Whether the run resumes from a checkpoint. */
  readonly resumed: boolean;
  /** The epoch about to run, from 1. */
  readonly epoch: number;
  /** Steps taken so far: 0 unless resumed. Everything logged later than this step will be emitted again; truncate your log here. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Trainable numbers of the model. */
  readonly parameters: number;
  /** Best score before the resumption. */
  readonly bestScore: number | null;
};

/** After every training step. */
export type FitStepEvent = {
  readonly type: 'step';
  /** From 1. */
  readonly epoch: number;
  /** Steps taken in the run so far, this one included: 1 .. `totalSteps`. */
  readonly step: number;
  readonly totalSteps: number;
  /** Of this step's batch. */
  readonly losses: LossValues;
  /** The rate of this step. */
  readonly learningRate: number;
  /** Images trained on per second, averaged over the last steps; evaluations and checkpoints do not count. */
  readonly imagesPerSecond: number;
  /** Seconds of training left at this speed, evaluations aside. */
  readonly etaSeconds: number;
};

/** After an evaluation on the validation set. */
export type FitEvaluationEvent = {
  readonly type: 'evaluation';
  readonly epoch: number;
  readonly step: number;
  /** Of the raw weights. */
  readonly evaluation: Evaluation;
  /** Of the averaged weights; null while there are none. */
  readonly averaged: Evaluation | null;
  /** By the run's criterion; of the averaged weights, if there are any. Decides the best checkpoint. */
  readonly score: number;
  /** The kind of `score`: natural or robust accuracy, or a function of the caller's. */
  readonly criterion: FitResult['criterion'];
  /** Of the monitored training examples, by the weights that the score is of; null without monitor. */
  readonly training: Evaluation | null;
  /** How much better the training examples score than the validation set: robust overfitting, if it grows. Null without monitor. */
  readonly gap: number | null;
  /** Whether it is the best so far. */
  readonly best: boolean;
  readonly seconds: number;
};

/** After a check for catastrophic overfitting. */
export type FitOverfittingEvent = {
  readonly type: 'overfitting-check';
  readonly epoch: number;
  readonly step: number;
  /** Accuracy on the batch's training examples, after its update. */
  readonly training: number;
  /** Accuracy under the stronger attack on the same images. */
  readonly attacked: number;
  /** Whether the difference is more than tolerated. */
  readonly overfitted: boolean;
  /** The step whose weights the model got back; null if it kept its own. */
  readonly rolledBack: number | null;
};

/** After a checkpoint was written. */
export type FitCheckpointEvent = {
  readonly type: 'checkpoint';
  readonly epoch: number;
  readonly step: number;
  readonly kind: 'last' | 'best';
  /** Its name in the store: `last.safetensors`. */
  readonly file: string;
};

/** At the end of every epoch, after its evaluation. */
export type FitEpochEvent = {
  readonly type: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** Mean over the images of the epoch, also over those before a resumption. */
  readonly losses: LossValues;
  /** Seconds of training in this epoch since the start or resumption. */
  readonly seconds: number;
};

/** Once, as the last event; not after an error. */
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

/** How a run ended. */
export type FitResult = {
  /**
   * `'interrupted'`: the signal was aborted; with a checkpoint the run can be resumed from here. `'stopped-early'`: the score did not
   * rise for `evaluation.patience` evaluations. `'catastrophic-overfitting'`: see `catastrophicOverfitting`.
   */
  readonly status: 'finished' | 'interrupted' | StopReason;
  /** Steps taken in the whole run. */
  readonly step: number;
  readonly totalSteps: number;
  /** The best score on the validation set and where it was reached; null without evaluation. */
  readonly best: BestScore | null;
  /** The kind of that score: natural or robust accuracy, or a function of the caller's. */
  readonly criterion: 'natural' | 'robust' | 'custom';
};
