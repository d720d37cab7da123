import { checkChoice, checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { checkProgress, type Schedule, stepsOfRun, stepsTaken } from './schedule.ts';

const WHERE = '[@st/core] cosine';

/** Settings of `cosine`. */
export type CosineOptions = {
  /** Rate approached at the end. Default 0. */
  readonly final?: number;
  /** Whether the rate changes with every epoch, as in the published robust self-training code (default), or with every step. */
  readonly every?: 'epoch' | 'step';
};

/**
 * Half a cosine from `peak` down: final + (peak - final) * (1 + cos(pi t)) / 2, with t = (epoch - 1) / epochs, or with `every: 'step'`
 * t = steps taken / steps of the run.
 * @param peak - Finite, >= 0.
 * @throws {InvalidArgumentError} for a rate below 0 or an unknown option.
 * @see Loshchilov and Hutter 2017, "SGDR", arXiv 1608.03983, equation 5 (one period)
 */
export function cosine(peak: number, options: CosineOptions = {}): Schedule {
  checkNumber(WHERE, 'peak', peak, { min: 0 });
  checkKnownOptions(WHERE, options, ['final', 'every']);
  const final = checkNumber(WHERE, 'final', options.final ?? 0, { min: 0 });
  const every = checkChoice(WHERE, 'every', options.every ?? 'epoch', ['epoch', 'step']);
  return (progress) => {
    checkProgress(WHERE, progress);
    const done =
      every === 'step' ? stepsTaken(progress) / stepsOfRun(progress) : (progress.epoch - 1) / progress.epochs;
    return final + ((peak - final) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}
