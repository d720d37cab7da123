import type { Norm } from '@st/core';
import { checkChoice, checkImageShape, checkKind, checkNumber, checkObject, NORMS, type Where } from '@st/core/kit';

/** The settings of Square's schedule. */
export type SquareSchedule = {
  /** The share of the image's area that the first windows cover, in (0, 1]. */
  readonly pInit: number;
  /** Iterations in all. */
  readonly queries: number;
  /** Whether the schedule, published for 10000 iterations, is stretched to `queries`; otherwise it is truncated. */
  readonly rescale: boolean;
};

/**
 * Checks a schedule and returns it.
 * @throws {InvalidArgumentError} for a member out of range.
 */
export function checkSquareSchedule(where: Where, { pInit, queries, rescale }: SquareSchedule): SquareSchedule {
  checkNumber(where, 'queries', queries, { min: 1, integer: true });
  checkNumber(where, 'pInit', pInit, { min: 0, aboveMin: true, max: 1 });
  checkKind(where, 'rescale', rescale, 'switch');
  return { pInit, queries, rescale };
}

/** The iterations, of 10000, after which the share halves. */
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000] as const;
const SCHEDULE_LENGTH = 10_000;

/**
 * The share p of the image's area that the window of an iteration covers: pInit halved after iteration 10, 50, 200, 500, 1000, 2000, 4000,
 * 6000 and 8000 of 10000.
 * @param iteration - From 0.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, supplement B
 * @throws {InvalidArgumentError} for an argument of another type or out of range.
 */
export function squareFraction(iteration: number, schedule: SquareSchedule): number {
  const where: Where = '[@st/attacks] squareFraction';
  checkNumber(where, 'iteration', iteration, { min: 0, integer: true });
  checkObject(where, 'schedule', schedule, ['pInit', 'queries', 'rescale']);
  const { pInit, queries, rescale } = checkSquareSchedule(where, schedule);
  const position = rescale ? Math.trunc((iteration / queries) * SCHEDULE_LENGTH) : iteration;
  return pInit / 2 ** HALVINGS.filter((halving) => position > halving).length;
}

/**
 * The side, in pixels, of a square window that covers the share `fraction`: sqrt(fraction height width), rounded half to even, at least 1;
 * for l2 and l1 at least 3 and odd, so that a window has a center. Never more than the shorter side of the image.
 * @param shape - `[height, width, channels]`.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, algorithms 2 and 3
 * @throws {InvalidArgumentError} for an argument of another type or out of range.
 */
export function squareSide(norm: Norm, fraction: number, shape: readonly [number, number, number]): number {
  const where: Where = '[@st/attacks] squareSide';
  checkChoice(where, 'norm', norm, NORMS);
  checkNumber(where, 'fraction', fraction, { min: 0, max: 1 });
  checkImageShape(where, 'shape', shape);
  const [height, width, channels] = shape;
  const rounded = roundHalfToEven(Math.sqrt((fraction * (channels * height * width)) / channels));
  const side = norm === 'linf' ? Math.max(rounded, 1) : Math.max(rounded, 3);
  const odd = norm !== 'linf' && side % 2 === 0 ? side + 1 : side;
  return Math.min(odd, height, width);
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
