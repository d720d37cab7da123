import type { ThreatModel } from '@st/core';

import { BOUNDS, SAME_L2_PIXEL, SAME_PIXEL } from './bounds.ts';
import { differingShare, largestDifference, relativeL2, signMismatchShare } from './compare.ts';
import type { Report } from './report.ts';

type Values = ArrayLike<number>;

/** How the points were computed. */
export type Walk = {
  readonly stepSize: number;
  /** Number of steps from stored points; the bounds apply per step. Default 1. */
  readonly steps?: number;
  /** Default: l-infinity. */
  readonly threat?: ThreatModel;
};

/** Compares the points of a search: the share of pixels that differ, and the largest difference in step sizes. */
export function checkPoints(report: Report, name: string, actual: Values, expected: Values, walk: Walk): void {
  const { stepSize, steps = 1, threat } = walk;
  const same = threat?.norm === 'l2' ? Math.max(SAME_PIXEL, SAME_L2_PIXEL * stepSize) : SAME_PIXEL;
  const furthest = largestDifference(actual, expected);
  const moved = furthest <= SAME_PIXEL ? 0 : furthest / stepSize;
  report.check(name, differingShare(actual, expected, same), steps * BOUNDS.pixels, 'share of pixels that differ');
  // rounding of the pixels adds to the difference in whole steps
  report.check(`${name} furthest`, moved, steps * BOUNDS.stepSizes + SAME_PIXEL / stepSize, 'in step sizes');
}

/** Compares the gradients of a step by their signs: an l-infinity step uses nothing else. */
export function checkStepGradient(report: Report, name: string, actual: Values, expected: Values): void {
  const note = `share of signs that differ; l2 ${relativeL2(actual, expected).toExponential(1)}`;
  report.check(name, signMismatchShare(actual, expected), BOUNDS.pixels, note);
}
