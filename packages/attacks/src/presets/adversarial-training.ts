import { checkKnownOptions, type Objective, type Where } from '@st/core';
import { adversarialLoss, objective } from '@st/losses';

import { type PgdOptions, pgd } from '../pgd.ts';
import { linf } from '../threat.ts';
import type { LinfWalk } from './published-settings.ts';

export type AdversarialTrainingOptions = LinfWalk & Pick<PgdOptions, 'start' | 'mode' | 'keep'>;

const WHERE: Where = '[@st/attacks] adversarialTraining';

/**
 * Adversarial training (AT) in one word: `pgd` on cross-entropy and `adversarialLoss`. The attack runs in mode `'inference'` (as Pang et
 * al. 2021, arXiv 2010.00467, found better); the AT of AWP's published code is `{ mode: 'batch-tracking', keep: 'strongest' }`.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const baseline = adversarialTraining(CIFAR10_TRAINING);
 * @see Madry et al. 2018, arXiv 1706.06083, section 2
 */
export function adversarialTraining(options: AdversarialTrainingOptions): Objective {
  checkKnownOptions(WHERE, options, ['epsilon', 'steps', 'stepSize', 'start', 'mode', 'keep']);
  const { epsilon, ...walk } = options;
  return objective({ search: pgd({ ...walk, threat: linf(epsilon) }), loss: adversarialLoss() });
}
