import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { AVERAGED_STATISTICS, type AveragedStatistics } from './averaging.ts';

/**
 * Returns the choice if it is valid.
 * @throws {InvalidArgumentError} for anything else, so that averaged weights never run with the statistics of other weights, which ruins accuracy.
 */
export function checkStatisticsChoice(where: Where, value: unknown): AveragedStatistics {
  const found = AVERAGED_STATISTICS.find((choice) => choice === value);
  if (found) return found;
  throw new InvalidArgumentError(
    `${where}: statistics must be 'averaged' (along with the weights) or 'recomputed' (over training data), got ${describeValue(value)}. Averaged weights cannot do without running statistics of their own: those of the raw weights fit other activations.`,
    { argument: 'statistics', received: value },
  );
}
