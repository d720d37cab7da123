import type { Norm } from '@st/core';
import { checkChoice, checkNumber, type Where } from '@st/core/kit';

/** Norms whose windows hold bumps rather than one value. */
export type BumpNorm = Exclude<Norm, 'linf'>;

/** The power that the weights of the rings fall off with. */
const FALL_OFF: Readonly<Record<BumpNorm, number>> = { l2: 2, l1: 4 };

const WHERE: Where = '[@st/attacks] squareBump';

/**
 * One bump: around the middle (row floor(rows / 2), column floor(columns / 2)) value sum_{k >= d} 1 / (k + 1)^q at Chebyshev distance d,
 * with k up to half the longer side, q = 2 for l2 and 4 for l1; scaled to norm 1.
 * @returns Row-major, `rows x columns`.
 * @throws {InvalidArgumentError} for an argument of another type or out of range.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, section 3.4 (eta); Croce and Hein 2021, arXiv 2103.01208, for l1
 */
export function squareBump(norm: BumpNorm, rows: number, columns: number): Float64Array {
  checkChoice(WHERE, 'norm', norm, ['l2', 'l1']);
  checkNumber(WHERE, 'rows', rows, { min: 0, integer: true });
  checkNumber(WHERE, 'columns', columns, { min: 0, integer: true });
  const middle = { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
  const rings = Math.max(middle.row, middle.column) + 1;
  const weightFrom = (distance: number): number => {
    let sum = 0;
    for (let ring = distance; ring < rings; ring++) sum += 1 / (ring + 1) ** FALL_OFF[norm];
    return sum;
  };
  const bump = Float64Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    return weightFrom(Math.max(Math.abs(row - middle.row), Math.abs((i % columns) - middle.column)));
  });
  return scaledToOne(norm, bump);
}

/**
 * The content of a window: a positive bump over a negative one, scaled to norm 1.
 * @param side - Of the window, in pixels.
 * @param upright - Whether the bumps lie side by side instead.
 * @returns Row-major, `side x side`.
 */
export function bumpPair(norm: BumpNorm, side: number, upright: boolean): Float64Array {
  const half = Math.floor(side / 2);
  const lower = squareBump(norm, side - half, side).map((value) => -value);
  const pair = scaledToOne(norm, Float64Array.of(...squareBump(norm, half, side), ...lower));
  return upright ? pair.map((_, i) => pair[(i % side) * side + Math.floor(i / side)] ?? 0) : pair;
}

function scaledToOne(norm: BumpNorm, values: Float64Array): Float64Array {
  const length =
    norm === 'l2'
      ? Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0))
      : values.reduce((sum, value) => sum + Math.abs(value), 0);
  return values.map((value) => value / length);
}
