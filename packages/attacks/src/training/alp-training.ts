import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { type AlpLossOptions, alpLoss, objective } from '@st/losses';
import { threatWithin } from '../ball/threat.ts';
import type { BallSearchSettings } from '../published-settings.ts';
import { buildPgd, type PgdSearchOptions } from '../search/pgd-search.ts';
import { presetSettings } from './preset-settings.ts';

export type AlpTrainingOptions = BallSearchSettings &
  Pick<PgdSearchOptions, 'start' | 'clipStart' | 'mode'> &
  AlpLossOptions;

const WHERE: Where = '[@st/attacks] alpTraining';
const KNOWN = ['norm', 'epsilon', 'steps', 'stepSize', 'start', 'clipStart', 'mode', 'beta', 'labelSmoothing'];

/**
 * Adversarial logit pairing (ALP): `pgdSearch` on cross-entropy in mode `'inference'`, and `alpLoss`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = alpTraining({ ...CIFAR10_TRAINING, beta: 0.5 });
 * @see Kannan, Kurakin and Goodfellow 2018, arXiv 1803.06373, section 3
 */
export function alpTraining(options: AlpTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, KNOWN);
  const { norm = 'linf', epsilon, beta, labelSmoothing = 0, ...walk } = options;
  return objective({
    search: buildPgd(WHERE, { ...walk, threat: threatWithin(WHERE, norm, epsilon) }),
    loss: alpLoss({ beta, labelSmoothing }),
    settings: presetSettings('alp', { ...options, norm, labelSmoothing }),
  });
}
