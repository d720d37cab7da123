import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import type { AveragedStatistics, Averaging } from './averaging.ts';
import { checkStatisticsChoice } from './check-statistics-choice.ts';

/** Settings of `swa`. */
export type SwaOptions = {
  /** The first epoch whose final weights enter the average, counted from 1. */
  readonly start: number;
  /** Epochs between two entries into the average, from `start` on. Default 1. */
  readonly every?: number;
  /**
   * Default `'recomputed'`, as published: weights of different epochs differ so much that averaged statistics do not fit the averaged weights.
   * `'averaged'` needs no pass over training data.
   */
  readonly statistics?: AveragedStatistics;
};

const WHERE = '[@st/core] swa';

/**
 * Stochastic weight averaging: the mean of the weights at the ends of epochs `start`, `start + every`, and so on.
 * @throws {InvalidArgumentError} if an option is out of range or misspelled.
 * @example
 * await fit(model, train, { ..., averaging: swa({ start: 80 }) });
 * @see Izmailov et al. 2018, arXiv 1803.05407, algorithm 1; against robust overfitting Chen et al. 2021, "Robust Overfitting may be
 *   mitigated by properly learned smoothening"
 */
export function swa(options: SwaOptions): Averaging {
  checkKnownOptions(WHERE, options, ['start', 'every', 'statistics']);
  const start = checkNumber(WHERE, 'start', options.start, { min: 1, integer: true });
  const every = checkNumber(WHERE, 'every', options.every ?? 1, { min: 1, integer: true });
  const { statistics: choice = 'recomputed' } = options;
  const statistics = checkStatisticsChoice(WHERE, choice);
  return {
    share: (updates, { epoch, step, stepsPerEpoch }) => {
      const isEnd = step + 1 === stepsPerEpoch;
      return isEnd && epoch >= start && (epoch - start) % every === 0 ? 1 / (updates + 1) : 0;
    },
    statistics,
    settings: { name: 'swa', start, every, statistics },
  };
}
