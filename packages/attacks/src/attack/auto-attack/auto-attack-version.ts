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
 * Which published version of AutoAttack these attacks are exactly, by their names, order and settings; null if none. A report may name an
 * evaluation AutoAttack only by this.
 * @throws {InvalidArgumentError} for what is no list of attacks.
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

/** Settings are written in the same order by the same factory. */
function identity({ name, settings }: Attack): unknown {
  return [name, settings];
}
