import { type Norm, ShapeError } from '@st/core';
import { checkChoice, checkKind, checkObject, describeValue, NORMS, type Where } from '@st/core/kit';

import { type Approach, moveAllAlike, moveByWeight, moveHeaviest } from './approaches.ts';

type Values = ArrayLike<number>;

/** A hyperplane {z : w . z = b}, and a point in the box [0, 1]. */
export type HyperplaneProblem = {
  readonly point: Values;
  /** w, the length of the point. */
  readonly normal: Values;
  /** w . t - b of the point t: its signed distance times ||w||. */
  readonly gap: number;
  /** linf: the movement of each coordinate at norm 1, in [0, 1]. Default: all 1. */
  readonly shares?: Values;
};

/** Coordinates of smaller weight do not move; the published code's constants, 0 for linf. */
const LEAST_WEIGHT: Readonly<Record<Norm, number>> = { linf: 0, l2: 1e-8, l1: 1e-8 };

const APPROACHES: Readonly<Record<Norm, (approach: Approach) => Float64Array>> = {
  linf: moveAllAlike,
  l2: moveByWeight,
  l1: moveHeaviest,
};

/**
 * The shortest d, in a norm, that takes a point t onto a hyperplane within the box: argmin ||d|| with w . (t + d) = b, 0 <= t + d <= 1.
 * If the box holds no point of the hyperplane, d leads to the corner of the box nearest to it on that side.
 * @returns d, exact up to float64 rounding.
 * @throws {InvalidArgumentError} for an unknown norm, or a problem of another type; {ShapeError} if the lengths differ.
 * @see Croce and Hein 2020, "Minimally distorted adversarial examples with a fast adaptive boundary attack", arXiv 1907.02044, section 2.2
 */
export function projectOnHyperplane(norm: Norm, problem: HyperplaneProblem): Float64Array {
  const where: Where = '[@st/attacks] projectOnHyperplane';
  checkChoice(where, 'norm', norm, NORMS);
  checkObject(where, 'problem', problem, ['point', 'normal', 'gap']);
  const { point, normal, gap, shares } = problem;
  for (const [name, values] of Object.entries({ point, normal, ...(shares !== undefined && { shares }) }))
    checkKind(where, name, values, 'numbers');
  checkKind(where, 'gap', gap, 'number');
  const size = point.length;
  if (normal.length !== size) {
    throw new ShapeError(
      `${where}: normal must have the point's ${size} values, got ${describeValue(normal.length)}.`,
      {
        argument: 'normal',
        received: normal.length,
      },
    );
  }
  return projectOnHyperplaneUnchecked(norm, problem);
}

/** `projectOnHyperplane` for inner loops, whose arguments have been checked. */
export function projectOnHyperplaneUnchecked(
  norm: Norm,
  { point, normal, gap, shares }: HyperplaneProblem,
): Float64Array {
  const size = point.length;
  const weights = new Float64Array(size);
  const rooms = new Float64Array(size);
  const side = gap >= 0 ? 1 : -1;
  const least = LEAST_WEIGHT[norm];
  for (let i = 0; i < size; i++) {
    const weight = (normal[i] ?? 0) * side;
    const value = point[i] ?? 0;
    if (Math.abs(weight) <= least || shares?.[i] === 0) continue;
    weights[i] = Math.abs(weight);
    rooms[i] = weight > 0 ? value : 1 - value;
  }
  const moves = APPROACHES[norm]({ weights, rooms, gap: Math.abs(gap), ...(shares && { shares }) });
  // move against the gap: down where the weight has its sign
  for (let i = 0; i < size; i++) if ((normal[i] ?? 0) * side > 0) moves[i] = -(moves[i] ?? 0);
  return moves;
}
