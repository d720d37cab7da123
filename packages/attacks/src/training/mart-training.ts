import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { martLoss, objective } from '@st/losses';
import { threatWithin } from '../ball/threat.ts';
import type { LinfSearchSettings } from '../published-settings.ts';
import { buildPgd, type PgdSearchOptions } from '../search/pgd-search.ts';
import { presetSettings } from './preset-settings.ts';

export type MartTrainingOptions = LinfSearchSettings &
  Pick<PgdSearchOptions, 'mode'> & {
    /** Where the search starts. Default `'gaussian'`, as published. */
    readonly start?: NonNullable<PgdSearchOptions['start']>;
    /** Weight of the robust term; 5 in the paper's CIFAR-10 results. */
    readonly beta: number;
  };

const WHERE: Where = '[@st/attacks] martTraining';

/**
 * Misclassification-aware adversarial training (MART): `pgdSearch` on cross-entropy from N(0, 0.001^2) in mode `'inference'`, and
 * `martLoss`. Published for l-infinity alone.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = martTraining({ ...CIFAR10_TRAINING, beta: 5 });
 * @see Wang et al. 2020, "Improving adversarial robustness requires revisiting misclassified examples" (ICLR), algorithm 1
 */
export function martTraining(options: MartTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'steps', 'stepSize', 'start', 'mode', 'beta']);
  const { epsilon, beta, start = 'gaussian', ...walk } = options;
  return objective({
    search: buildPgd(WHERE, { ...walk, start, threat: threatWithin(WHERE, 'linf', epsilon) }),
    loss: martLoss({ beta }),
    settings: presetSettings('mart', { ...options, start }),
  });
}
