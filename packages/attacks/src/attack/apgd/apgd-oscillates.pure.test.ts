import { describe, expect, it } from 'vitest';

import { apgdOscillates } from './apgd-oscillates.ts';

const history = (...losses: number[]): Float32Array => Float32Array.from(losses);

describe('apgdOscillates', () => {
  it('is true if at most a share rho of the last steps raised the loss', () => {
    const losses = history(1, 2, 3, 2, 4);
    expect(apgdOscillates(losses, 4, 4, 0.75)).toBe(true); // 3 of 4
    expect(apgdOscillates(losses, 4, 4, 0.7)).toBe(false);
    expect(apgdOscillates(losses, 2, 2, 0.75)).toBe(false); // 2 of 2
    expect(apgdOscillates(losses, 3, 1, 0.75)).toBe(true); // 0 of 1
  });

  it('does not count an equal loss as a rise', () => {
    expect(apgdOscillates(history(1, 1, 1), 2, 2, 0)).toBe(true);
  });

  it('compares the first iteration with the last entry of the history, which is still 0', () => {
    expect(apgdOscillates(history(1, 2, 0, 0), 1, 2, 0.75)).toBe(false); // 1 > 0 counts as a rise
    expect(apgdOscillates(history(-1, 2, 0, 0), 1, 2, 0.75)).toBe(true);
    expect(apgdOscillates(history(5), 0, 1, 0.75)).toBe(true); // in a run of one iteration it is compared with itself
  });
});
