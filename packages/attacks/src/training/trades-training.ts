import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { objective, type TradesLossOptions, tradesLoss } from '@st/losses';

import { threatWithin } from '../ball/threat.ts';
import type { BallSearchSettings } from '../published-settings.ts';
import { buildTradesSearch, type TradesSearchOptions } from '../search/trades-search.ts';
import { presetSettings } from './preset-settings.ts';

/** TRADES is published for l-infinity and l2. */
export type TradesTrainingOptions = BallSearchSettings &
  Pick<TradesSearchOptions, 'start' | 'mode'> &
  TradesLossOptions;

const WHERE: Where = '[@st/attacks] tradesTraining';
const KNOWN = ['norm', 'epsilon', 'steps', 'stepSize', 'start', 'mode', 'beta', 'labelSmoothing'];

/**
 * TRADES: `tradesSearch` and `tradesLoss`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or norm l1.
 * @example
 * const baseline = tradesTraining({ ...CIFAR10_TRAINING, beta: 6 });
 * @see Zhang et al. 2019, TRADES, arXiv 1901.08573, algorithm 1
 */
export function tradesTraining(options: TradesTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, KNOWN);
  const { norm = 'linf', epsilon, beta, labelSmoothing = 0, ...walk } = options;
  return objective({
    search: buildTradesSearch(WHERE, { ...walk, threat: threatWithin(WHERE, norm, epsilon) }),
    loss: tradesLoss({ beta, labelSmoothing }),
    settings: presetSettings('trades', { ...options, norm, labelSmoothing }),
  });
}
