import { NORMS } from '@st/core/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { apgdCheckpoints } from './apgd-checkpoints.ts';

describe('apgdCheckpoints', () => {
  it('sets the first checkpoint at 22 % of the iterations, the next at distances that shrink by 3 % to 6 %', () => {
    const { rule, at, intervals } = apgdCheckpoints('linf', 100);
    expect(rule).toEqual({ first: 22, least: 6, decrease: 3 });
    const distances = at.map((iteration, i) => iteration - (at[i - 1] ?? -1));
    expect(distances).toEqual([22, 19, 16, 13, 10, 7, 6, 6]);
    expect(intervals).toHaveLength(100);
    expect([intervals[21], intervals[22]]).toEqual([22, 19]);
  });

  it('sets a checkpoint every 4 % of the iterations in l1', () => {
    expect(apgdCheckpoints('l1', 100).at).toEqual(Array.from({ length: 25 }, (_, i) => 4 * i + 3));
    expect(apgdCheckpoints('l1', 30).at).toHaveLength(30);
  });

  it('keeps checkpoints at least one iteration apart', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NORMS), fc.integer({ min: 1, max: 300 }), (norm, iterations) => {
        const { at, intervals, rule } = apgdCheckpoints(norm, iterations);
        expect(intervals).toHaveLength(iterations);
        expect(Math.min(...intervals)).toBeGreaterThanOrEqual(1);
        const distances = at.map((iteration, i) => iteration - (at[i - 1] ?? -1));
        expect(distances).toEqual(at.map((iteration) => intervals[iteration]));
        if (norm !== 'l1') expect(Math.min(...intervals)).toBeGreaterThanOrEqual(Math.min(rule.least, rule.first));
      }),
      { seed: 3 },
    );
  });
});
