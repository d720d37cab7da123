import type { ThreatModel } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { checkThreat } from '../../ball/threat.ts';
import type { Attack } from '../attack.ts';
import { buildPgdAttack } from './pgd-attack.ts';

export type FgsmAttackOptions = {
  readonly threat: ThreatModel;
  /** In reports. Default `'fgsm'`. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] fgsmAttack';

/**
 * Fast gradient sign method as an attack of evaluations: one step of the whole radius up the cross-entropy. It says little of robustness;
 * a model that it breaks less often than `pgdAttack` does not is normal, one that it breaks more often hides its gradient.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Goodfellow et al. 2015, arXiv 1412.6572, section 4
 */
export function fgsmAttack(options: FgsmAttackOptions): Attack {
  checkKnownOptions(WHERE, options, ['threat', 'name']);
  const threat = checkThreat(WHERE, options.threat);
  // the norm's unit step is at most 1 in l-infinity, as the radius is
  return buildPgdAttack(WHERE, {
    threat,
    steps: 1,
    stepSize: threat.epsilon,
    start: 'natural',
    name: options.name ?? 'fgsm',
  });
}
