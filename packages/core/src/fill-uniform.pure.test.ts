import { describe, expect, it } from 'vitest';

import { fillUniform } from './fill-uniform.ts';
import { drawWords } from './xoshiro.ts';

const DRAWS = 200_000;

function uniform(low: number, high: number, seed = 1): Float32Array {
  const values = new Float32Array(DRAWS);
  fillUniform(Int32Array.of(seed, 2, 3, 4), values, low, high);
  return values;
}

describe('fillUniform', () => {
  it('stays in [low, high)', () => {
    for (const [low, high] of [
      [0, 1],
      [-2, 4],
    ] as const) {
      const values = uniform(low, high);
      expect(values.reduce((a, b) => Math.min(a, b))).toBeGreaterThanOrEqual(low);
      expect(values.reduce((a, b) => Math.max(a, b))).toBeLessThan(high);
    }
  });

  it('maps the largest word to less than 1; all 32 bits as a float32 would round to 1', () => {
    const state = (): Int32Array => Int32Array.of(1, 0x831c71c7, 3, 4);
    const word = new Int32Array(1);
    drawWords(state(), word);
    expect(word[0]).toBe(-1); // all bits set
    const values = new Float32Array(1);
    fillUniform(state(), values, 0, 1);
    expect(values[0]).toBe(1 - 2 ** -24);
  });

  it('passes the Kolmogorov-Smirnov test at the 0.1 % level', () => {
    const sorted = uniform(-1, 3).sort();
    let largest = 0;
    sorted.forEach((value, i) => {
      const expected = (value + 1) / 4;
      largest = Math.max(largest, Math.abs(expected - i / DRAWS), Math.abs(expected - (i + 1) / DRAWS));
    });
    expect(largest * Math.sqrt(DRAWS)).toBeLessThan(1.95);
  });
});
