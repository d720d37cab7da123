import type { Evaluation } from './evaluate.ts';

/** Loss terms as numbers, `total` among them. */
export type LossValues = { readonly [term: string]: number };

/** Once, after every check has passed and before the first step. */
export type FitStartEvent = {
  readonly type: 'start';
  /** Whether the run goes on from a checkpoint. */
  readonly resumed: boolean;
  /** The epoch about to run, from 1. */
  readonly epoch: number;
  /** Steps taken so far: 0 unless resumed. Of what was logged for `epoch` and later ones, all but its steps up to this one will happen again. */
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
  readonly evaluation: Evaluation;
  /** Robust accuracy if there is an attack, else natural accuracy; decides the best checkpoint. */
  readonly score: number;
  /** Whether it is the best so far. */
  readonly best: boolean;
  readonly seconds: number;
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

/** What `fit` tells while it runs. */
export type FitEvent =
  | FitStartEvent
  | FitStepEvent
  | FitEvaluationEvent
  | FitCheckpointEvent
  | FitEpochEvent
  | FitEndEvent;

/** How a run ended. */
export type FitResult = {
  /** `'interrupted'`: the signal was aborted; with a checkpoint the run can be resumed from here. */
  readonly status: 'finished' | 'interrupted';
  /** Steps taken in the whole run. */
  readonly step: number;
  readonly totalSteps: number;
  /** The best score on the validation set and its epoch; null without evaluation. */
  readonly best: { readonly score: number; readonly epoch: number } | null;
};
