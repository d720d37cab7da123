import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { AveragedStatistics, Averaging } from './averaging.ts';
import { checkStatisticsChoice } from './check-statistics-choice.ts';

/** Settings of `ema`. */
export type EmaOptions = {
  /** Share of the old average in the new one, in [0, 1). Rebuffi et al. 2021 use 0.995. */
  readonly decay: number;
  /**
   * Default true: decay_t = min(decay, (1 + t) / (10 + t)) after t updates, so that the initial random weights lose their influence quickly. With decay
   * 0.995 it differs from the constant decay in the first 1800 steps.
   */
  readonly warmup?: boolean;
  /**
   * Default `'averaged'`: running statistics are themselves slow averages over the same steps, so their average fits the averaged weights up to second
   * order in the movement of the weights. `'recomputed'` is exact, but takes a pass over training data each time.
   */
  readonly statistics?: AveragedStatistics;
};

const WHERE = '[@st/core] ema';

/**
 * Exponential moving average of the weights, updated every step: average_t = decay_t average + (1 - decay_t) weights, starting from the initial weights.
 * @throws {InvalidArgumentError} if an option is out of range or misspelled.
 * @example
 * await fit(model, train, { ..., averaging: ema({ decay: 0.995 }) });
 * @see Izmailov et al. 2018, arXiv 1803.05407; for robust training Gowal et al. 2020, arXiv 2010.03593, section 4.2
 */
export function ema(options: EmaOptions): Averaging {
  checkKnownOptions(WHERE, options, ['decay', 'warmup', 'statistics']);
  const decay = checkNumber(WHERE, 'decay', options.decay, { min: 0, max: 1, belowMax: true });
  const { warmup = true } = options;
  if (typeof warmup !== 'boolean') {
    throw new InvalidArgumentError(
      `${WHERE}: warmup must be true or false, got ${describeValue(warmup)}. Its length follows from the decay.`,
      { argument: 'warmup', received: warmup },
    );
  }
  const { statistics: choice = 'averaged' } = options;
  const statistics = checkStatisticsChoice(WHERE, choice);
  return {
    share: (updates) => 1 - (warmup ? Math.min(decay, (1 + updates) / (10 + updates)) : decay),
    statistics,
    settings: { name: 'ema', decay, warmup, statistics },
  };
}
