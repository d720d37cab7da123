import {
  type Attack,
  apgdAttack,
  autoAttack,
  carliniWagnerAttack,
  fabAttack,
  fgsmAttack,
  l1,
  l2,
  linf,
  pgdAttack,
  squareAttack,
} from '@st/attacks';
import type { Norm, ThreatModel } from '@st/core';
import { InvalidArgumentError } from 'commander';

import { UsageError } from '../command-line/usage-error.ts';

/** The task that an attack is built for. */
export type AttackTask = { readonly threat: ThreatModel; readonly classes: number };

type Build = (task: AttackTask) => readonly Attack[];

/** Target classes of targeted attacks, if there are that many classes. */
const TARGETS = 9;

/** Step size of PGD as a fraction of epsilon: papers use 2/255 for 8/255. */
const STEP_SHARE = 1 / 4;

const FIXED: Readonly<Record<string, Build>> = {
  autoattack: (task) => autoAttack({ ...task, version: 'standard' }).attacks,
  'autoattack-plus': (task) => autoAttack({ ...task, version: 'plus' }).attacks,
  'autoattack-rand': (task) => autoAttack({ ...task, version: 'rand' }).attacks,
  'apgd-ce': ({ threat }) => [apgdAttack({ threat, loss: 'ce' })],
  'apgd-dlr': ({ threat }) => [apgdAttack({ threat, loss: 'dlr' })],
  'apgd-t': ({ threat, classes }) => [
    apgdAttack({ threat, loss: 'dlr-targeted', targets: Math.min(TARGETS, classes - 1) }),
  ],
  fab: ({ threat }) => [fabAttack({ threat })],
  'fab-t': ({ threat, classes }) => [fabAttack({ threat, targeted: Math.min(TARGETS, classes - 1) })],
  square: ({ threat }) => [squareAttack({ threat })],
  fgsm: ({ threat }) => [fgsmAttack({ threat })],
  'cw-l2': ({ threat }) => [carliniWagnerAttack({ threat })],
};

const COUNTED = /^(pgd|cw)-([1-9]\d*)$/;

/** The values of `--attack`. */
export const ATTACK_HELP: string = `none, pgd-N, cw-N (margin PGD), ${Object.keys(FIXED).join(', ')}, or several, separated by commas`;

const THREATS = { linf, l2, l1 };

/** The threat model that the flags `--norm` and `--epsilon` give. */
export function threatOf(norm: Norm, epsilon: number): ThreatModel {
  return THREATS[norm](epsilon);
}

/**
 * Parses a comma-separated list of attacks: `pgd-20,square`.
 * @throws {InvalidArgumentError} of commander, if a name is unknown or repeated.
 */
export function parseAttackNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  if (names.join() === 'none') return [];
  const unknown = names.find((name) => !isAttackName(name));
  if (unknown === undefined && new Set(names).size === names.length) return names;
  throw new InvalidArgumentError(
    unknown === undefined ? 'It must name each attack once.' : `There is no attack '${unknown}': ${ATTACK_HELP}.`,
  );
}

/** Whether an attack of this name exists. */
export function isAttackName(name: string): boolean {
  return Object.hasOwn(FIXED, name) || COUNTED.test(name);
}

/** Builds the named attacks, in order. */
export function buildAttacks(names: readonly string[], task: AttackTask): readonly Attack[] {
  return names.flatMap((name) => {
    const [, kind, steps] = COUNTED.exec(name) ?? [];
    if (kind !== undefined) {
      const ascend = kind === 'cw' ? 'margin' : 'cross-entropy';
      const stepSize = task.threat.epsilon * STEP_SHARE;
      return [pgdAttack({ name, threat: task.threat, steps: Number(steps), stepSize, ascend })];
    }
    const build = FIXED[name];
    if (!build) throw new UsageError(`There is no attack '${name}': ${ATTACK_HELP}.`);
    return build(task);
  });
}
