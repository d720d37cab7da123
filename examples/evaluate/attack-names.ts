import { type Attack, apgd, fab, l1, l2, linf, square } from '@st/attacks';
import type { Norm, ThreatModel } from '@st/core';
import { InvalidArgumentError } from 'commander';

import { UsageError } from '../cifar10/usage-error.ts';
import { pgdAttack } from './pgd-attack.ts';

/** What an attack is built for. */
export type AttackTask = { readonly threat: ThreatModel; readonly classes: number };

type Build = (task: AttackTask) => readonly Attack[];

const FIXED: Readonly<Record<string, Build>> = {
  'apgd-ce': ({ threat }) => [apgd({ threat, loss: 'ce' })],
  'apgd-dlr': ({ threat }) => [apgd({ threat, loss: 'dlr' })],
  'apgd-t': ({ threat, classes }) => [apgd({ threat, loss: 'dlr-targeted', targets: Math.min(9, classes - 1) })],
  fab: ({ threat }) => [fab({ threat })],
  'fab-t': ({ threat, classes }) => [fab({ threat, targeted: Math.min(9, classes - 1) })],
  square: ({ threat }) => [square({ threat })],
};

const COUNTED = /^(pgd|cw)-([1-9]\d*)$/;

/** What `--attack` takes. */
export const ATTACK_HELP = `none, pgd-N, cw-N (margin PGD), ${Object.keys(FIXED).join(', ')}, or several, separated by commas`;

const THREATS = { linf, l2, l1 };

/** The threat model of the flags. */
export function threatOf(norm: Norm, epsilon: number): ThreatModel {
  return THREATS[norm](epsilon);
}

/**
 * Reads a comma-separated list of attacks: `pgd-20,square`.
 * @throws {InvalidArgumentError} of commander, for a name that is none.
 */
export function parseAttackNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  if (names.join() === 'none') return [];
  const unknown = names.find((name) => !(name in FIXED) && !COUNTED.test(name));
  if (unknown === undefined && new Set(names).size === names.length) return names;
  throw new InvalidArgumentError(
    unknown === undefined ? 'It must name each attack once.' : `There is no attack '${unknown}': ${ATTACK_HELP}.`,
  );
}

/** The attacks that the names stand for, in their order. */
export function buildAttacks(names: readonly string[], task: AttackTask): readonly Attack[] {
  return names.flatMap((name) => {
    const [, kind, steps] = COUNTED.exec(name) ?? [];
    if (kind !== undefined) {
      const ascend = kind === 'cw' ? 'margin' : 'cross-entropy';
      return [pgdAttack({ name, threat: task.threat, steps: Number(steps), ascend })];
    }
    const build = FIXED[name];
    if (!build) throw new UsageError(`There is no attack '${name}': ${ATTACK_HELP}.`);
    return build(task);
  });
}
