import type { Norm } from '@st/core';

import { projectOnHyperplane } from './project-on-hyperplane.ts';

/** The constants of FAB. */
export type FabSteps = {
  /** The most that a step is drawn to the natural image. */
  readonly alphaMax: number;
  /** How far a step goes beyond the boundary, 1 being the boundary. */
  readonly eta: number;
  /** A misclassified point goes back towards the natural image, to this part of the way. */
  readonly beta: number;
};

/** Where a step of FAB starts, one example. */
export type FabStepStart = {
  readonly natural: Float32Array;
  readonly point: Float32Array;
  /** grad(z_r - z_y) at the point. */
  readonly normal: ArrayLike<number>;
  /** z_r - z_y at the point. */
  readonly difference: number;
};

/** Below this a projection is taken to be this long; the published code's constant. */
const LEAST_LENGTH = 1e-8;

/**
 * One step of FAB: the point x and the natural image x_0 are both projected onto the linearised boundary, by d and d_0; the step goes to
 * clip((1 - a) (x + eta d) + a (x_0 + eta d_0)), a = min(||d|| / (||d|| + ||d_0||), alphaMax).
 * @returns The next point, in [0, 1].
 * @see Croce and Hein 2020, arXiv 1907.02044, equation 9
 */
export function fabStep(
  norm: Norm,
  { natural, point, normal, difference }: FabStepStart,
  steps: FabSteps,
): Float32Array {
  const { alphaMax, eta } = steps;
  const fromPoint = projectOnHyperplane(norm, { point, normal, gap: difference });
  let shift = 0; // of the natural image along the normal
  for (let i = 0; i < point.length; i++) shift += (normal[i] ?? 0) * ((natural[i] ?? 0) - (point[i] ?? 0));
  const fromNatural = projectOnHyperplane(norm, { point: natural, normal, gap: difference + shift });
  const length = Math.max(lengthOf(norm, fromPoint), LEAST_LENGTH);
  const alpha = Math.min(length / (length + Math.max(lengthOf(norm, fromNatural), LEAST_LENGTH)), alphaMax);
  return point.map((value, i) => {
    const ahead = (value + eta * (fromPoint[i] ?? 0)) * (1 - alpha);
    const back = ((natural[i] ?? 0) + eta * (fromNatural[i] ?? 0)) * alpha;
    return Math.min(Math.max(ahead + back, 0), 1);
  });
}

/** A misclassified point on its way back: x_0 + beta (x - x_0). */
export function fabStepBack(natural: Float32Array, point: Float32Array, beta: number): Float32Array {
  const part = Math.fround(beta);
  return point.map((value, i) => {
    const origin = natural[i] ?? 0;
    return origin + Math.fround(Math.fround(value - origin) * part);
  });
}

/** ||x - y||. */
export function distanceOf(norm: Norm, x: Float32Array, y: Float32Array): number {
  return lengthOf(
    norm,
    Float64Array.from(x, (value, i) => value - (y[i] ?? 0)),
  );
}

function lengthOf(norm: Norm, values: Float64Array): number {
  if (norm === 'linf') return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (norm === 'l2') return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.reduce((sum, value) => sum + Math.abs(value), 0);
}
