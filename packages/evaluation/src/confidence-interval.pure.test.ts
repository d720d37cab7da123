import { describe, expect, it } from 'vitest';

import { confidenceInterval } from './confidence-interval.ts';

describe('confidenceInterval', () => {
  it('agrees with the published value for 81 of 263', () => {
    // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 0.2553 to 0.3662
    const [low, high] = confidenceInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it('stays within [0, 1] for none and for all correct', () => {
    expect(confidenceInterval(0, 20)[0]).toBe(0);
    expect(confidenceInterval(20, 20)[1]).toBe(1);
  });
});
