import { createRng } from '@st/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { stratifiedSplit } from './stratified-split.ts';

describe('stratifiedSplit', () => {
  const labels = Array.from({ length: 100 }, (_, i) => i % 10);

  it('holds out the same number of each class', () => {
    const { held, rest } = stratifiedSplit('[@st/data] cifar10', labels, 10, 20, createRng(1));
    const counts = new Array(10).fill(0);
    for (const index of held) counts[labels[index] ?? -1]++;
    expect(counts).toEqual(new Array(10).fill(2));
    expect([...held, ...rest].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  });

  it('depends on the generator', () => {
    const held = (seed: number): number[] => [
      ...stratifiedSplit('[@st/data] cifar10', labels, 10, 20, createRng(seed)).held,
    ];
    expect(held(1)).toEqual(held(1));
    expect(held(1)).not.toEqual(held(2));
  });

  it('holds out exactly the number asked for, and leaves every class an example, for classes of any size', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (counts, share) => {
        const all = counts.flatMap((count, label) => new Array<number>(count).fill(label));
        const most = all.length - counts.filter((count) => count > 0).length;
        const { held, rest } = stratifiedSplit(
          '[@st/data] cifar10',
          all,
          counts.length,
          Math.floor(share * most),
          createRng(1),
        );
        expect(held.length).toBe(Math.floor(share * most));
        expect(new Set(Array.from(rest, (i) => all[i]))).toEqual(new Set(all));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('rejects a number that would leave a class empty', () => {
    expect(() => stratifiedSplit('[@st/data] cifar10', labels, 10, 91, createRng(1))).toThrow(
      '[@st/data] cifar10: validation must be an integer in [0, 90], got 91. It is held out of 100 examples, and every class must keep one.',
    );
  });
});
