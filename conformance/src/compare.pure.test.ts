import { describe, expect, it } from 'vitest';

import {
  differingShare,
  largestDifference,
  mismatches,
  relativeError,
  relativeL2,
  signMismatchShare,
} from './compare.ts';

describe('relativeError', () => {
  it('is the largest difference over the largest expected magnitude', () => {
    expect(relativeError([1, -4.1], [1, -4])).toBeCloseTo(0.025, 10);
  });

  it('divides by at least 0.01', () => {
    expect(relativeError([2e-6], [1e-6])).toBeCloseTo(1e-4, 10);
  });

  it('is NaN if a value is NaN, and infinite if the sizes differ', () => {
    expect(relativeError([1, Number.NaN, 5], [1, 2, 3])).toBeNaN();
    expect(relativeError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('relativeL2', () => {
  it('is the l2 norm of the difference over that of the expected values', () => {
    expect(relativeL2([3, 4], [0, 4])).toBeCloseTo(0.75, 10);
    expect(relativeL2([0, 0], [0, 0])).toBe(0);
    expect(relativeL2([1e-9], [0])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeL2([Number.NaN], [1])).toBeNaN();
  });
});

describe('shares', () => {
  it('count pixels that differ by more than rounding, signs that differ, values that are not equal', () => {
    expect(differingShare([0, 0.5, Number.NaN, 1], [0, 0.5 + 1e-6, 0, 1.1])).toBe(0.5);
    expect(signMismatchShare([1e-9, -1, 0, 2], [-1e-9, -2, 0, 0])).toBe(0.5);
    expect(mismatches([1, 2, 3], [1, 3, 3])).toBe(1);
    expect(largestDifference([1, 5], [2, 2])).toBe(3);
  });
});
