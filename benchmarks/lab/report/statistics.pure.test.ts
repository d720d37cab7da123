import { describe, expect, it } from 'vitest';

import { paired, rankCorrelation } from './statistics.ts';

describe('rankCorrelation', () => {
  it('is Spearman’s, with ties at their mean rank', () => {
    const found = rankCorrelation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]);
    expect(found?.rho).toBeCloseTo(0.8207827, 6); // ranks 1, 2, 3.5, 5, 3.5
  });

  it('has Bonett and Wright’s interval', () => {
    const x = Array.from({ length: 12 }, (_, i) => i);
    const y = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10].map((value) => -value);
    const { rho, low, high } = rankCorrelation(x, y) ?? { rho: 0, low: 0, high: 0 };
    expect(rho).toBeCloseTo(1 - (6 * 12) / (12 * 143) - 2 * (1 - (6 * 12) / (12 * 143)), 9);
    const error = Math.sqrt((1 + rho ** 2 / 2) / 9);
    expect(Math.atanh(high) - Math.atanh(low)).toBeCloseTo(2 * 1.959964 * error, 6);
    expect(low).toBeLessThan(rho);
    expect(high).toBeGreaterThan(rho);
  });

  it('is not computed from fewer than five pairs', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 2, 3, 4])).toBeNull();
  });
});

describe('paired', () => {
  it('is McNemar’s exact test on the images on which the models differ', () => {
    const ours = `${'r'.repeat(10)}${'b'.repeat(2)}rrrbbw`;
    const theirs = `${'b'.repeat(10)}${'r'.repeat(2)}rrrwbw`;
    const { better, worse, p } = paired(ours, theirs, 'r');
    expect([better, worse]).toEqual([10, 2]);
    expect(p).toBeCloseTo((2 * (1 + 12 + 66)) / 4096, 9);
  });

  it('finds no difference between equal models', () => {
    expect(paired('rbw', 'rbw', 'r')).toEqual({ better: 0, worse: 0, p: 1 });
    expect(paired('rb', 'br', 'r').p).toBe(1);
  });

  it('handles as many images as a test set has', () => {
    const { p } = paired('r'.repeat(1200) + 'b'.repeat(1000), 'b'.repeat(1200) + 'r'.repeat(1000), 'r');
    expect(p).toBeGreaterThan(1e-5);
    expect(p).toBeLessThan(1e-4); // z = 200 / sqrt(2200) = 4.26
  });
});
