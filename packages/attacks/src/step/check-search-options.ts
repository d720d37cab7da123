import type { ThreatModel } from '@st/core';
import { checkNumber, type Where } from '@st/core/kit';

import { checkThreat } from '../ball/threat.ts';

/** The options of every iterative search. */
export type SearchOptions = {
  readonly threat: ThreatModel;
  /** Number of steps, at least 1. */
  readonly steps: number;
  /** Length of a step in the norm of the threat model, in input units: `2 / 255`. It may exceed epsilon. */
  readonly stepSize: number;
};

/**
 * Checks the options of every iterative search.
 * @throws {InvalidArgumentError} naming the option, with a hint.
 */
export function checkSearchOptions(where: Where, options: SearchOptions): SearchOptions {
  const threat = checkThreat(where, options.threat);
  const steps = checkNumber(where, 'steps', options.steps, { min: 1, integer: true });
  const { stepSize: asked } = options;
  const isLong = threat.norm === 'linf' && typeof asked === 'number' && asked > 1;
  const stepSize = checkNumber(where, 'stepSize', asked, {
    min: 0,
    aboveMin: true,
    ...(threat.norm === 'linf' ? { max: 1 } : {}),
    ...(isLong ? { hint: `For ${asked} grey levels pass ${asked} / 255.` } : {}),
  });
  return { threat, steps, stepSize };
}
