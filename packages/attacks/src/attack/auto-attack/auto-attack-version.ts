import type { Attack } from '../attack.ts';
import { checkAttacks } from '../check-attacks.ts';
import {
  AUTO_ATTACK_VERSIONS,
  type AutoAttackVersion,
  PARTS,
  PUBLISHED_BUDGET,
  publishedPart,
  TARGETS,
} from './published-ensembles.ts';

/**
 * The published version of AutoAttack that these attacks equal exactly, by their names, order and settings; null if none. Only this allows a report to
 * call an evaluation AutoAttack.
 * @throws {InvalidArgumentError} for anything but a list of attacks.
 */
export function autoAttackVersion(attacks: readonly Attack[]): AutoAttackVersion | null {
  checkAttacks('[@st/attacks] autoAttackVersion', 'attacks', attacks);
  const [first] = attacks;
  if (first === undefined || first.threat.epsilons) return null;
  const settings = { ...PUBLISHED_BUDGET, threat: first.threat, targets: TARGETS };
  const isVersion = (version: AutoAttackVersion): boolean => {
    const published = PARTS[version].map((part) => publishedPart(version, part, settings));
    return JSON.stringify(published.map(identity)) === JSON.stringify(attacks.map(identity));
  };
  return AUTO_ATTACK_VERSIONS.find(isVersion) ?? null;
}

/** Comparable as JSON, since the same factory writes settings in the same order. */
function identity({ name, settings }: Attack): unknown {
  return [name, settings];
}
