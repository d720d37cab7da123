import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { adversarialLoss, objective } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';
import { threatWithin } from '../ball/threat.ts';
import type { BallSearchSettings } from '../published-settings.ts';
import { buildPgd, type PgdSearchOptions } from '../search/pgd-search.ts';
import { presetSettings } from './preset-settings.ts';

export type AdversarialTrainingOptions = BallSearchSettings &
  Pick<PgdSearchOptions, 'start' | 'clipStart' | 'mode' | 'restarts' | 'keep'> &
  LabelSmoothing;

const WHERE: Where = '[@st/attacks] adversarialTraining';
const KNOWN = [
  'norm',
  'epsilon',
  'steps',
  'stepSize',
  'start',
  'clipStart',
  'mode',
  'restarts',
  'keep',
  'labelSmoothing',
];

/**
 * Adversarial training (AT): `pgdSearch` on cross-entropy and `adversarialLoss`. The attack runs in mode `'inference'` (better according to
 * Pang et al. 2021, arXiv 2010.00467); the AT of AWP's published code is `{ clipStart: true, mode: 'batch-tracking', keep: 'strongest' }`,
 * in l2 with `start: 'radial'`. For another attack join it to the loss: `objective({ search, loss: adversarialLoss() })`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = adversarialTraining(CIFAR10_TRAINING);
 * @see Madry et al. 2018, arXiv 1706.06083, section 2
 */
export function adversarialTraining(options: AdversarialTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, KNOWN);
  const { norm = 'linf', epsilon, labelSmoothing = 0, ...walk } = options;
  return objective({
    search: buildPgd(WHERE, { ...walk, threat: threatWithin(WHERE, norm, epsilon) }),
    loss: adversarialLoss({ labelSmoothing }),
    settings: presetSettings('at', { ...options, norm, labelSmoothing }),
  });
}
