import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { adversarialLoss, objective } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';
import { threatWithin } from '../ball/threat.ts';
import { buildFgsmRsSearch, type FgsmRsSearchOptions } from '../search/fgsm-rs-search.ts';
import { presetSettings } from './preset-settings.ts';

export type FgsmRsTrainingOptions = Pick<FgsmRsSearchOptions, 'stepSize' | 'mode'> &
  LabelSmoothing & {
    /** Radius of the l-infinity ball. */
    readonly epsilon: number;
  };

const WHERE: Where = '[@st/attacks] fgsmRsTraining';

/**
 * Fast adversarial training (FGSM-RS): `fgsmRsSearch` and `adversarialLoss`, both in mode `'batch-tracking'`, as published.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const fast = fgsmRsTraining({ epsilon: 8 / 255 });
 * @see Wong, Rice and Kolter 2020, "Fast is better than free", arXiv 2001.03994, algorithm 3
 */
export function fgsmRsTraining(options: FgsmRsTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'stepSize', 'mode', 'labelSmoothing']);
  const { epsilon, labelSmoothing = 0, ...step } = options;
  return objective({
    search: buildFgsmRsSearch(WHERE, { ...step, threat: threatWithin(WHERE, 'linf', epsilon) }),
    loss: adversarialLoss({ labelSmoothing }),
    settings: presetSettings('fgsm-rs', { ...options, labelSmoothing }),
  });
}
