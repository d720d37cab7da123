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
 * Fast gradient sign method as an attack of evaluations: one step of the whole radius that raises the cross-entropy. A weak attack. It normally breaks
 * fewer examples than `pgdAttack`; if it breaks more, the model masks its gradient.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Goodfellow et al. 2015, arXiv 1412.6572, section 4
 */
export function fgsmAttack(options: FgsmAttackOptions): Attack {
  checkKnownOptions(WHERE, options, ['threat', 'name']);
  const threat = checkThreat(WHERE, options.threat);
  // in l-infinity step sizes are at most 1, as radii are
  return buildPgdAttack(WHERE, {
    threat,
    steps: 1,
    stepSize: threat.epsilon,
    start: 'natural',
    name: options.name ?? 'fgsm',
  });
}
