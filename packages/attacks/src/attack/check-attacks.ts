import { InvalidArgumentError } from '@st/core';
import { checkKind, describeValue, type Where } from '@st/core/kit';

import type { Attack } from './attack.ts';

/**
 * Checks a list of attacks.
 * @throws {InvalidArgumentError} naming the first element that is not an attack, with the line to write in its place.
 */
export function checkAttacks(where: Where, argument: string, value: unknown): asserts value is readonly Attack[] {
  checkKind(where, argument, value, 'list');
  for (const attack of value as readonly unknown[]) {
    if (isAttack(attack)) continue;
    throw new InvalidArgumentError(
      `${where}: ${argument} must list attacks { name, threat, settings, run }, got ${describeValue(attack)}. Write apgdAttack({ threat: linf(8 / 255), loss: 'ce' }), or autoAttack({ threat, classes }).attacks.`,
      { argument, received: attack },
    );
  }
}

/** Whether a value has the members of an attack. */
export function isAttack(value: unknown): value is Attack {
  if (typeof value !== 'object' || value === null) return false;
  const { name, threat, settings, run } = value as Readonly<Record<string, unknown>>;
  const isObject = (member: unknown): boolean => typeof member === 'object' && member !== null;
  return typeof name === 'string' && typeof run === 'function' && isObject(settings) && isObject(threat);
}
