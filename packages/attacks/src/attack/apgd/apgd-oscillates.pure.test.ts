import { describe, expect, it } from 'vitest';

import { apgdOscillates } from './apgd-oscillates.ts';

const history = (...losses: number[]): Float32Array => Float32Array.from(losses);

describe('apgdOscillates', () => {
  it('says so where no more than rho of the last steps raised the loss', () => {
    const losses = history(1, 2, 3, 2, 4);
    expect(apgdOscillates(losses, 4, 4, 0.75)).toBe(true); // 3 of 4
    expect(apgdOscillates(losses, 4, 4, 0.7)).toBe(false);
    expect(apgdOscillates(losses, 2, 2, 0.75)).toBe(false); // 2 of 2
    expect(apgdOscillates(losses, 3, 1, 0.75)).toBe(true); // 0 of 1
  });

  it('counts a loss that stays as no rise', () => {
    expect(apgdOscillates(history(1, 1, 1), 2, 2, 0)).toBe(true);
  });

  it('takes the last entry, 0 so far, for what was before the first iteration', () => {
    expect(apgdOscillates(history(1, 2, 0, 0), 1, 2, 0.75)).toBe(false); // 1 > 0 counts as a rise
    expect(apgdOscillates(history(-1, 2, 0, 0), 1, 2, 0.75)).toBe(true);
    expect(apgdOscillates(history(5), 0, 1, 0.75)).toBe(true); // of one iteration it is the loss itself
  });
});
