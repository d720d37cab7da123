import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { adversarialLoss, objective } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';
import { threatWithin } from '../ball/threat.ts';
import { buildNFgsmSearch, type NFgsmSearchOptions } from '../search/n-fgsm-search.ts';
import { presetSettings } from './preset-settings.ts';

export type NFgsmTrainingOptions = Pick<NFgsmSearchOptions, 'stepSize' | 'noise' | 'mode'> &
  LabelSmoothing & {
    /** Radius of the l-infinity ball. */
    readonly epsilon: number;
  };

const WHERE: Where = '[@st/attacks] nFgsmTraining';

/**
 * Training with N-FGSM: `nFgsmSearch` and `adversarialLoss`, both in mode `'batch-tracking'`, as published.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const fast = nFgsmTraining({ epsilon: 8 / 255 });
 * @see de Jorge et al. 2022, "Make some noise", arXiv 2202.01181, algorithm 1
 */
export function nFgsmTraining(options: NFgsmTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'stepSize', 'noise', 'mode', 'labelSmoothing']);
  const { epsilon, labelSmoothing = 0, ...step } = options;
  return objective({
    search: buildNFgsmSearch(WHERE, { ...step, threat: threatWithin(WHERE, 'linf', epsilon) }),
    loss: adversarialLoss({ labelSmoothing }),
    settings: presetSettings('n-fgsm', { ...options, labelSmoothing }),
  });
}
