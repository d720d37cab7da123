import type { Norm } from '@st/core';
import { checkChoice, checkNumber, NORMS, type Where } from '@st/core/kit';

/** The checkpoints of APGD, in iterations counted from 0. */
export type ApgdCheckpoints = {
  /** Iterations to the first checkpoint, the minimum between two, and the decrease of the distance at each. */
  readonly rule: { readonly first: number; readonly least: number; readonly decrease: number };
  /** The distance of checkpoints at each iteration. */
  readonly intervals: readonly number[];
  /** The iterations that end in a checkpoint, where step sizes may be halved. */
  readonly at: readonly number[];
};

/** Fractions of the number of iterations: the first distance, the minimum, the decrease; in l1 the distance is constant. */
const SHARES = { first: 0.22, least: 0.06, decrease: 0.03, l1: 0.04 } as const;

const WHERE: Where = '[@st/attacks] apgdCheckpoints';

/**
 * The checkpoints of a run: after 22 % of the iterations, then at distances that shrink by 3 % of them each time, to 6 %; for l1 every 4 %.
 * All are rounded down, to at least 1.
 * @param iterations - Of the run, at least 1.
 * @throws {InvalidArgumentError} for an unknown norm or fewer iterations.
 * @see Croce and Hein 2020, arXiv 2003.01690, section 3.1; for l1 Croce and Hein 2021, arXiv 2103.01208, section 4.1
 */
export function apgdCheckpoints(norm: Norm, iterations: number): ApgdCheckpoints {
  checkChoice(WHERE, 'norm', norm, NORMS);
  checkNumber(WHERE, 'iterations', iterations, { min: 1, integer: true });
  const part = (share: number): number => Math.max(Math.trunc(share * iterations), 1);
  const rule = { first: part(SHARES.first), least: part(SHARES.least), decrease: part(SHARES.decrease) };
  const intervals: number[] = [];
  const at: number[] = [];
  let interval = norm === 'l1' ? part(SHARES.l1) : rule.first;
  let sinceLast = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    intervals.push(interval);
    if (++sinceLast < interval) continue;
    at.push(iteration);
    sinceLast = 0;
    if (norm !== 'l1') interval = Math.max(interval - rule.decrease, rule.least);
  }
  return { rule, intervals, at };
}
