import { checkNumber, type ThreatModel, type Where } from '@st/core';

import { checkThreat } from './threat.ts';

/** What every iterative search needs. */
export type SearchOptions = {
  readonly threat: ThreatModel;
  /** Number of steps, at least 1. */
  readonly steps: number;
  /** Length of a step in the norm of the threat model, in input units: `2 / 255`. It may exceed epsilon. */
  readonly stepSize: number;
};

/**
 * Checks the options that every iterative search has.
 * @throws {InvalidArgumentError} naming the option and the mend.
 */
export function checkSearchOptions(where: Where, options: SearchOptions): SearchOptions {
  const threat = checkThreat(where, options.threat);
  const steps = checkNumber(where, 'steps', options.steps, { min: 1, integer: true });
  const tooLong = threat.norm === 'linf' && options.stepSize > 1;
  const stepSize = checkNumber(where, 'stepSize', options.stepSize, {
    min: 0,
    aboveMin: true,
    ...(threat.norm === 'linf' ? { max: 1 } : {}),
    ...(tooLong ? { hint: `For ${options.stepSize} grey levels pass ${options.stepSize} / 255.` } : {}),
  });
  return { threat, steps, stepSize };
}
