import { checkKinds } from '../errors/check-kind.ts';
import { checkObject, type Where } from '../errors/check-options.ts';
/** The position of a step in the training. */
export type Progress = {
  /** The current epoch, counted from 1, as in the published training codes. */
  readonly epoch: number;
  /** Steps already taken in this epoch, from 0. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Epochs of the whole run. */
  readonly epochs: number;
  /** Steps of the whole run, if limited to fewer than `epochs * stepsPerEpoch`. */
  readonly totalSteps?: number;
};

/** A learning rate as a pure function of progress; evaluated before each step. Compose by wrapping: `warmup(cosine(0.1), { epochs: 5 })`. */
export type Schedule = (progress: Progress) => number;

const WHERE = '[@st/core] stepsTaken';

/**
 * Steps taken before this one, over the whole run.
 * @throws {InvalidArgumentError} if the progress lacks a member or holds an invalid number.
 */
export function stepsTaken(progress: Progress): number {
  checkObject(WHERE, 'progress', progress, ['epoch', 'step', 'stepsPerEpoch']);
  const { epoch, step, stepsPerEpoch } = progress;
  checkKinds(WHERE, { epoch, step, stepsPerEpoch }, { epoch: 'number', step: 'number', stepsPerEpoch: 'number' });
  return (epoch - 1) * stepsPerEpoch + step;
}

/** @throws {InvalidArgumentError} if the progress lacks a member or holds an invalid number. */
export function checkProgress(where: Where, progress: Progress): Progress {
  checkObject(where, 'progress', progress, ['epoch', 'step', 'stepsPerEpoch', 'epochs']);
  return progress;
}

/** Steps of the whole run. */
export function stepsOfRun({ epochs, stepsPerEpoch, totalSteps }: Progress): number {
  return totalSteps ?? epochs * stepsPerEpoch;
}
