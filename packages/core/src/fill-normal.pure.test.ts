import { describe, expect, it } from 'vitest';

import { fillNormal } from './fill-normal.ts';

const DRAWS = 1_000_000;

function normal(mean = 0, deviation = 1, seed = 1): Float32Array {
  const values = new Float32Array(DRAWS);
  fillNormal(Int32Array.of(seed, 2, 3, 4), values, mean, deviation);
  return values;
}

/** P(N(0, 1) < x), from the series of erf; accurate to 1e-12 for |x| < 6. */
function cumulative(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + sum * Math.exp((-x * x) / 2) * Math.sqrt(1 / (2 * Math.PI));
}

/** Difference of the mean of a power of the draws from its value for N(0, 1), in standard errors. */
function offInStandardErrors(values: Float32Array, power: number, expected: number, variance: number): number {
  const mean = values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  return Math.abs(mean - expected) / Math.sqrt(variance / values.length);
}

describe('fillNormal', () => {
  it('has the first six moments of a normal distribution, within four standard errors', () => {
    const values = normal();
    expect(offInStandardErrors(values, 1, 0, 1)).toBeLessThan(4);
    expect(offInStandardErrors(values, 2, 1, 2)).toBeLessThan(4);
    expect(offInStandardErrors(values, 3, 0, 15)).toBeLessThan(4);
    expect(offInStandardErrors(values, 4, 3, 96)).toBeLessThan(4);
    expect(offInStandardErrors(values, 5, 0, 945)).toBeLessThan(4);
    expect(offInStandardErrors(values, 6, 15, 10_170)).toBeLessThan(4);
  });

  it('passes the Kolmogorov-Smirnov test at the 0.1 % level', () => {
    const sorted = normal().sort();
    let largest = 0;
    sorted.forEach((value, i) => {
      const expected = cumulative(value);
      largest = Math.max(largest, Math.abs(expected - i / DRAWS), Math.abs(expected - (i + 1) / DRAWS));
    });
    expect(largest * Math.sqrt(DRAWS)).toBeLessThan(1.95);
  });

  it.each([1, 2, 3, 3.5, 3.7, 4, 4.5])('has the right share of draws beyond +-%s, on both sides', (edge) => {
    const values = normal();
    const tail = 1 - cumulative(edge);
    const error = 4 * Math.sqrt(DRAWS * tail);
    expect(Math.abs(values.filter((value) => value > edge).length - DRAWS * tail)).toBeLessThan(error);
    expect(Math.abs(values.filter((value) => value < -edge).length - DRAWS * tail)).toBeLessThan(error);
  });

  it('draws uncorrelated neighbors', () => {
    const values = normal();
    const product = (gap: number): number =>
      values.reduce((sum, value, i) => sum + value * (values[i + gap] ?? 0), 0) / Math.sqrt(DRAWS);
    for (const gap of [1, 2, 3, 1024]) expect(Math.abs(product(gap))).toBeLessThan(4);
  });

  it('scales and shifts', () => {
    const [plain, moved] = [normal(), normal(3, 0.25)];
    moved.forEach((value, i) => {
      if (Math.abs(value - (3 + 0.25 * (plain[i] ?? 0))) > 1e-6) expect.fail(`draw ${i} is ${value}`);
    });
  });
});
