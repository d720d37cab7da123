import type { Norm } from '@st/core';

import { projectOnHyperplaneUnchecked } from './project-on-hyperplane.ts';

/** The constants of FAB. */
export type FabSteps = {
  /** Upper bound of the weight alpha of the natural image in a step. */
  readonly alphaMax: number;
  /** Length of a step relative to the distance of the boundary: above 1 it overshoots. */
  readonly eta: number;
  /** A misclassified point x steps back to x_0 + beta (x - x_0), x_0 the natural image. */
  readonly beta: number;
};

/** The input of a step of FAB, one example. */
export type FabStepStart = {
  readonly natural: Float32Array;
  readonly point: Float32Array;
  /** grad(z_r - z_y) at the point. */
  readonly normal: ArrayLike<number>;
  /** z_r - z_y at the point. */
  readonly difference: number;
  /** linf: each pixel's radius over the largest. Default: all 1. */
  readonly shares?: ArrayLike<number> | undefined;
};

/** Lower bound of the length of a projection; the published code's constant. */
const LEAST_LENGTH = 1e-8;

/**
 * One step of FAB: the point x and the natural image x_0 are both projected onto the linearised boundary, by d and d_0; the step goes to
 * clip((1 - a) (x + eta d) + a (x_0 + eta d_0)), a = min(||d|| / (||d|| + ||d_0||), alphaMax).
 * @returns The next point, in [0, 1].
 * @see Croce and Hein 2020, arXiv 1907.02044, equation 9
 */
export function fabStep(
  norm: Norm,
  { natural, point, normal, difference, shares }: FabStepStart,
  steps: FabSteps,
): Float32Array {
  const { alphaMax, eta } = steps;
  const fromPoint = projectOnHyperplaneUnchecked(norm, { point, normal, gap: difference, ...(shares && { shares }) });
  let shift = 0; // of the natural image along the normal
  for (let i = 0; i < point.length; i++) shift += (normal[i] ?? 0) * ((natural[i] ?? 0) - (point[i] ?? 0));
  const fromNatural = projectOnHyperplaneUnchecked(norm, {
    ...{ point: natural, normal, gap: difference + shift },
    ...(shares && { shares }),
  });
  const length = Math.max(lengthOf(norm, fromPoint, shares), LEAST_LENGTH);
  const alpha = Math.min(length / (length + Math.max(lengthOf(norm, fromNatural, shares), LEAST_LENGTH)), alphaMax);
  const next = new Float32Array(point.length);
  for (let i = 0; i < next.length; i++) {
    const ahead = ((point[i] ?? 0) + eta * (fromPoint[i] ?? 0)) * (1 - alpha);
    const back = ((natural[i] ?? 0) + eta * (fromNatural[i] ?? 0)) * alpha;
    next[i] = Math.min(Math.max(ahead + back, 0), 1);
  }
  return next;
}

/** The step back from a misclassified point: x_0 + beta (x - x_0). */
export function fabStepBack(natural: Float32Array, point: Float32Array, beta: number): Float32Array {
  const part = Math.fround(beta);
  const next = new Float32Array(point.length);
  for (let i = 0; i < next.length; i++) {
    const origin = natural[i] ?? 0;
    next[i] = origin + Math.fround(Math.fround((point[i] ?? 0) - origin) * part);
  }
  return next;
}

/** ||x - y||, in linf max_i |x_i - y_i| / shares_i. */
export function distanceOf(norm: Norm, x: Float32Array, y: Float32Array, shares: FabStepStart['shares']): number {
  const difference = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) difference[i] = (x[i] ?? 0) - (y[i] ?? 0);
  return lengthOf(norm, difference, shares);
}

/** A plain loop, like all code of FAB that runs on the host for every pixel of every step: callbacks took a third of the attack's time. */
function lengthOf(norm: Norm, values: Float64Array, shares: FabStepStart['shares']): number {
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (size === 0) continue;
    if (norm === 'linf') length = Math.max(length, shares ? size / (shares[i] ?? 1) : size);
    else length += norm === 'l2' ? size * size : size;
  }
  return norm === 'l2' ? Math.sqrt(length) : length;
}
