import type { ThreatModel } from '@st/core';

import { apgdAttack } from '../apgd/apgd-attack.ts';
import type { Attack } from '../attack.ts';
import { fabAttack } from '../fab/fab-attack.ts';
import { squareAttack } from '../square/square-attack.ts';

/** The attacks of AutoAttack. */
export type AutoAttackPart = 'apgd-ce' | 'apgd-dlr' | 'apgd-t' | 'fab' | 'fab-t' | 'square';

/** The published ensembles. */
export type AutoAttackVersion = 'standard' | 'plus' | 'rand';

export const AUTO_ATTACK_PARTS: readonly AutoAttackPart[] = ['apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'];

export const AUTO_ATTACK_VERSIONS: readonly AutoAttackVersion[] = ['standard', 'plus', 'rand'];

/** The attacks of each version, in order. */
export const PARTS: Readonly<Record<AutoAttackVersion, readonly AutoAttackPart[]>> = {
  standard: ['apgd-ce', 'apgd-t', 'fab-t', 'square'],
  plus: ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t'],
  rand: ['apgd-ce', 'apgd-dlr'],
};

/** The budget of the attacks. */
export type AutoAttackBudget = {
  /** Steps of APGD and FAB. */
  readonly iterations: number;
  /** Iterations of Square. */
  readonly queries: number;
};

/** The published one. */
export const PUBLISHED_BUDGET: AutoAttackBudget = { iterations: 100, queries: 5000 };

/** Target classes of the targeted attacks; in l1 the standard version's APGD-T has fewer. */
export const TARGETS = 9;
const L1_TARGETS = 5;

/** Restarts of APGD and FAB in versions that have several. */
const RESTARTS = 5;

/** Gradients averaged in the version for randomized models. */
const EOT = 20;

/**
 * A part of a published version, for a given budget and number of targets.
 * @param targets - The maximum number of target classes.
 * @see Croce and Hein 2020, arXiv 2003.01690, section 6; 2021, arXiv 2103.01208 (l1); each as in their code, autoattack.py
 */
export function publishedPart(
  version: AutoAttackVersion,
  part: AutoAttackPart,
  {
    threat,
    targets,
    iterations,
    queries,
  }: AutoAttackBudget & { readonly threat: ThreatModel; readonly targets: number },
): Attack {
  const sparse = version === 'standard' && threat.norm === 'l1';
  const radii = sparse ? 'decreasing' : 'fixed';
  const several = version === 'plus' || sparse ? RESTARTS : 1;
  const eot = version === 'rand' ? EOT : 1;
  switch (part) {
    case 'apgd-ce':
      return apgdAttack({ threat, loss: 'ce', iterations, restarts: several, radii, eot });
    case 'apgd-dlr':
      return apgdAttack({ threat, loss: 'dlr', iterations, restarts: several, radii, eot });
    case 'apgd-t': {
      const aims = Math.min(targets, sparse ? L1_TARGETS : TARGETS);
      return apgdAttack({ threat, loss: 'dlr-targeted', iterations, radii, targets: aims });
    }
    case 'fab':
      return fabAttack({ threat, iterations, restarts: version === 'plus' ? RESTARTS : 1 });
    case 'fab-t':
      return fabAttack({ threat, iterations, targeted: Math.min(targets, TARGETS) });
    case 'square':
      return squareAttack({ threat, queries });
  }
}
