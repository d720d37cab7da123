import type { Norm, ThreatModel } from '@st/core';
import { describe, expect, it } from 'vitest';

import { checkRadiusFits, checkThreat, l1, l2, linf } from './threat.ts';

describe('threat models', () => {
  it('are built by linf, l2 and l1', () => {
    expect(linf(8 / 255)).toEqual({ norm: 'linf', epsilon: 8 / 255, bounds: [0, 1] });
    expect(l2(0.5)).toEqual({ norm: 'l2', epsilon: 0.5, bounds: [0, 1] });
    expect(l1(12)).toEqual({ norm: 'l1', epsilon: 12, bounds: [0, 1] });
  });

  it('reject 8 for 8 / 255, with a hint', () => {
    expect(() => linf(8)).toThrow(
      '[@st/attacks] linf: epsilon must be a finite number in (0, 1], got 8. Inputs are in [0, 1]; for 8 grey levels pass 8 / 255.',
    );
  });

  it.each([0, -0.1, Number.NaN, Number.POSITIVE_INFINITY])('reject the radius %s', (epsilon) => {
    expect(() => linf(epsilon)).toThrow('[@st/attacks] linf: epsilon must be a finite number in (0, 1], got');
    expect(() => l2(epsilon)).toThrow('[@st/attacks] l2: epsilon must be a finite number > 0, got');
    expect(() => l1(epsilon)).toThrow('[@st/attacks] l1: epsilon must be a finite number > 0, got');
  });

  it('are rejected with an unknown norm, with other bounds, or if they are no object', () => {
    const where = '[@st/attacks] pgdSearch';
    expect(() => checkThreat(where, { ...linf(0.1), norm: 'l0' as Norm })).toThrow(
      "[@st/attacks] pgdSearch: norm must be one of 'linf', 'l2', 'l1', got 'l0'.",
    );
    expect(() => checkThreat(where, { ...linf(0.1), bounds: [0, 255] as unknown as [0, 1] })).toThrow(
      'bounds must be [0, 1], got [0, 255]. Images are in [0, 1]; put normalization inside the model.',
    );
    expect(() => checkThreat(where, 0.03 as unknown as ThreatModel)).toThrow(
      'threat must be a threat model, got 0.03. Build one: linf(8 / 255), l2(128 / 255) or l1(12).',
    );
  });

  it('are rejected for images if the ball contains every image', () => {
    const image = [2, 2, 4] as const;
    expect(() => checkRadiusFits('[@st/attacks] pgdSearch', l2(128), image)).toThrow(
      '[@st/attacks] pgdSearch: epsilon must be at most 4, the l2 distance between a black and a white image of shape [2,2,4], got 128. Inputs are in [0, 1]; for 128 grey levels pass 128 / 255.',
    );
    checkRadiusFits('[@st/attacks] pgdSearch', l2(4), image);
    checkRadiusFits('[@st/attacks] pgdSearch', l1(16), image);
    expect(() => checkRadiusFits('[@st/attacks] pgdSearch', l1(17), image)).toThrow('epsilon must be at most 16');
  });
});
