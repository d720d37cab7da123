import type { Objective } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { type AlpLossOptions, alpLoss, objective } from '@st/losses';
import { threatWithin } from '../ball/threat.ts';
import type { BallWalk } from '../published-settings.ts';
import { buildPgd, type PgdOptions } from '../search/pgd-search.ts';
import { presetSettings } from './preset-settings.ts';

export type AlpOptions = BallWalk & Pick<PgdOptions, 'start' | 'clipStart' | 'mode'> & AlpLossOptions;

const WHERE: Where = '[@st/attacks] alp';
const KNOWN = ['norm', 'epsilon', 'steps', 'stepSize', 'start', 'clipStart', 'mode', 'beta', 'labelSmoothing'];

/**
 * Adversarial logit pairing (ALP) in one word: `pgd` on cross-entropy in mode `'inference'`, and `alpLoss`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = alp({ ...CIFAR10_TRAINING, beta: 0.5 });
 * @see Kannan, Kurakin and Goodfellow 2018, arXiv 1803.06373, section 3
 */
export function alp(options: AlpOptions): Objective {
  checkKnownOptions(WHERE, options, KNOWN);
  const { norm = 'linf', epsilon, beta, labelSmoothing = 0, ...walk } = options;
  return objective({
    search: buildPgd(WHERE, { ...walk, threat: threatWithin(WHERE, norm, epsilon) }),
    loss: alpLoss({ beta, labelSmoothing }),
    settings: presetSettings('alp', { ...options, norm, labelSmoothing }),
  });
}
