import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { AVERAGED_STATISTICS, type AveragedStatistics } from './averaging.ts';

/**
 * The choice, if it is one.
 * @throws {InvalidArgumentError} for anything else: averaged weights with the statistics of other weights are an untrained network.
 */
export function checkStatisticsChoice(where: Where, value: unknown): AveragedStatistics {
  const found = AVERAGED_STATISTICS.find((choice) => choice === value);
  if (found) return found;
  throw new InvalidArgumentError(
    `${where}: statistics must be 'averaged' (along with the weights) or 'recomputed' (over training data), got ${describeValue(value)}. Averaged weights cannot do without running statistics of their own: those of the raw weights fit other activations.`,
    { argument: 'statistics', received: value },
  );
}
