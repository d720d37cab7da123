import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { objective, type RstTradesLossOptions, rstTradesLoss } from '@st/losses';

import { threatWithin } from '../ball/threat.ts';
import type { LinfSearchSettings } from '../published-settings.ts';
import { buildTradesSearch, type TradesSearchOptions } from '../search/trades-search.ts';
import { presetSettings } from './preset-settings.ts';

export type RstTradesTrainingOptions = LinfSearchSettings &
  Pick<TradesSearchOptions, 'start' | 'mode'> &
  RstTradesLossOptions;

const WHERE: Where = '[@st/attacks] rstTradesTraining';

/**
 * TRADES within robust self-training (RST): `tradesSearch` and `rstTradesLoss`. Images may have no class (label `UNLABELED`,
 * see `unlabeled` of @st/data), or carry pseudo-labels as in the paper's own results. Its squeeze variant, ST-RST, needs labels or
 * pseudo-labels: `squeezeTraining({ ..., start: 'uniform', passes: SQUEEZE_RST_PASSES })`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const rst = rstTradesTraining({ ...RST_TRAINING, beta: 6 });
 * @see Carmon et al. 2019, "Unlabeled data improves adversarial robustness", arXiv 1905.13736, section 4
 */
export function rstTradesTraining(options: RstTradesTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'steps', 'stepSize', 'start', 'mode', 'beta', 'entropyWeight']);
  const { epsilon, beta, entropyWeight = 0, ...walk } = options;
  return objective({
    search: buildTradesSearch(WHERE, { ...walk, threat: threatWithin(WHERE, 'linf', epsilon) }),
    loss: rstTradesLoss({ beta, entropyWeight }),
    settings: presetSettings('rst-trades', { ...options, entropyWeight }),
  });
}
