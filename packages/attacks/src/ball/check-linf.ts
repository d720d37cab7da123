import { InvalidArgumentError, type ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';

import { checkThreat } from './threat.ts';

/**
 * Checks a threat model to be l-infinity, for searches that are published for that norm alone, and returns it.
 * @throws {InvalidArgumentError} for another norm, or anything but a threat model.
 */
export function checkLinf(where: Where, threat: ThreatModel): ThreatModel {
  const checked = checkThreat(where, threat);
  if (checked.norm === 'linf') return checked;
  throw new InvalidArgumentError(
    `${where}: threat must be an l-infinity ball, which the method is made for, got ${checked.norm}. Use pgd for other norms.`,
    { argument: 'threat', received: checked.norm },
  );
}
