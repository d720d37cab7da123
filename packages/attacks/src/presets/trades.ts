import { checkKnownOptions, type Objective, type Where } from '@st/core';
import { objective, tradesLoss } from '@st/losses';

import { linf } from '../threat.ts';
import { type TradesSearchOptions, tradesSearch } from '../trades-search.ts';
import type { LinfWalk } from './published-settings.ts';

export type TradesOptions = LinfWalk &
  Pick<TradesSearchOptions, 'start' | 'mode'> & {
    /** Weight of the robust term; 6 in the paper's CIFAR-10 results. */
    readonly beta: number;
  };

const WHERE: Where = '[@st/attacks] trades';

/**
 * TRADES in one word: `tradesSearch` and `tradesLoss`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = trades({ ...CIFAR10_TRAINING, beta: 6 });
 * @see Zhang et al. 2019, TRADES, arXiv 1901.08573, algorithm 1
 */
export function trades(options: TradesOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'steps', 'stepSize', 'start', 'mode', 'beta']);
  const { epsilon, beta, ...walk } = options;
  return objective({ search: tradesSearch({ ...walk, threat: linf(epsilon) }), loss: tradesLoss({ beta }) });
}
