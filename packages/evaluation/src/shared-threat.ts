import type { Attack } from '@st/attacks';
import { checkAttacks, checkThreat, sameThreat } from '@st/attacks/parts';
import { InvalidArgumentError, type ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';

/**
 * The threat model that the attacks share; null without attacks.
 * @throws {InvalidArgumentError} if `attacks` is not a list of attacks, if two have one name, or if their threat models differ.
 */
export function sharedThreat(where: Where, attacks: readonly Attack[], argument = 'attacks'): ThreatModel | null {
  checkAttacks(where, argument, attacks);
  const names = new Set<string>();
  let threat: ThreatModel | null = null;
  for (const attack of attacks) {
    const { norm, epsilon } = checkThreat(where, attack.threat);
    if (names.has(attack.name)) {
      throw new InvalidArgumentError(
        `${where}: attacks must have different names, got two named '${attack.name}', which would draw the same random numbers. Rename or remove one.`,
        { argument: 'attacks', received: attack.name },
      );
    }
    names.add(attack.name);
    if (threat && !sameThreat(threat, attack.threat)) {
      throw new InvalidArgumentError(
        `${where}: attacks must share one threat model, got ${threat.norm} ${threat.epsilon} and, for '${attack.name}', ${norm} ${epsilon}. Evaluate each threat model separately.`,
        { argument: 'attacks', received: attack.threat },
      );
    }
    threat ??= attack.threat;
  }
  return threat;
}
