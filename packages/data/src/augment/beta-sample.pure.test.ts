import { createRng } from '@st/core';
import { describe, expect, it } from 'vitest';

import { symmetricBetaSample } from './beta-sample.ts';

describe('symmetricBetaSample', () => {
  it.each([0.2, 1, 4])('has mean 1/2 and variance 1 / (4 (2 alpha + 1)) at alpha %d', (alpha) => {
    const rng = createRng(11);
    const draws = Array.from({ length: 20_000 }, () => symmetricBetaSample(alpha, rng));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    const wanted = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(wanted / draws.length));
    expect(Math.abs(variance / wanted - 1)).toBeLessThan(0.05);
    expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it('is uniform at alpha 1', () => {
    const rng = createRng(12);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const bin = Math.min(9, Math.floor(10 * symmetricBetaSample(1, rng)));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it('is not NaN if gamma draws underflow', () => {
    const rng = createRng(13);
    const draws = Array.from({ length: 500 }, () => symmetricBetaSample(1e-4, rng));
    expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
  });
});
