import { SAME_PIXEL } from './bounds.ts';

type Values = ArrayLike<number>;

/**
 * Errors are relative to the largest value of the tensor, but at least to this: the values are computed in float32 from probabilities and logits of order
 * 1, whose rounding (1e-7) limits the accuracy of a tensor of tiny differences.
 */
const SMALLEST_SCALE = 0.01;

/** Relative error of values: max |actual - expected| / max(max |expected|, 0.01). Infinite if the sizes differ, NaN if any value is NaN. */
export function relativeError(actual: Values, expected: Values): number {
  return largestDifference(actual, expected) / Math.max(largest(expected), SMALLEST_SCALE);
}

/** Relative error of gradients and parameters: ||actual - expected|| / ||expected|| of one tensor. */
export function relativeL2(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (at(actual, i) - at(expected, i)) ** 2;
    norm += at(expected, i) ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

/** max |actual - expected|; infinite if the sizes differ. */
export function largestDifference(actual: Values, expected: Values): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(at(actual, i) - at(expected, i));
    if (Number.isNaN(difference)) return Number.NaN;
    most = Math.max(most, difference);
  }
  return most;
}

/** Share of the values that differ by more than `same`. */
export function differingShare(actual: Values, expected: Values, same: number = SAME_PIXEL): number {
  return share(actual, expected, (a, b) => !(Math.abs(a - b) <= same));
}

/** Share of the values whose signs differ. */
export function signMismatchShare(actual: Values, expected: Values): number {
  return share(actual, expected, (a, b) => Math.sign(a) !== Math.sign(b));
}

/** Number of values that are not equal. */
export function mismatches(actual: Values, expected: Values): number {
  return share(actual, expected, (a, b) => a !== b) * expected.length;
}

function share(actual: Values, expected: Values, differ: (a: number, b: number) => boolean): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (differ(at(actual, i), at(expected, i))) count++;
  return expected.length === 0 ? 0 : count / expected.length;
}

function largest(values: Values): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(at(values, i)));
  return most;
}

const at = (values: Values, i: number): number => values[i] ?? Number.NaN;
