import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { apgdSchedule } from './apgd-schedule.ts';

const linf = { norm: 'linf', epsilon: 0.5, iterations: 10, rho: 0.75, startLoss: -1, pixels: 16, moved: null } as const;
const l1 = { ...linf, norm: 'l1', epsilon: 8, iterations: 100 } as const;

describe('apgdSchedule', () => {
  it('starts at 2 epsilon, halves the step if the loss oscillates, and goes back to the best point', () => {
    // of 10 iterations the first checkpoint comes after 2, then after every one
    const schedule = apgdSchedule(linf);
    const steps: number[] = [];
    const back = [1, 2, 1.5, 1.6].map((loss) => {
      steps.push(schedule.stepSize);
      return schedule.finish(loss, 0);
    });
    expect(steps).toEqual([1, 1, 1, 0.5]);
    expect(back).toEqual([false, false, true, false]);
    expect(schedule.bestLoss).toBe(2);
  });

  it('also halves the step if the best loss has not grown since a checkpoint that did not halve it', () => {
    const schedule = apgdSchedule({ ...linf, rho: 0 });
    for (const loss of [1, 5]) schedule.finish(loss, 0);
    expect(schedule.finish(2, 0)).toBe(true); // falls: oscillates even with rho 0
    expect(schedule.finish(3, 0)).toBe(false); // rises, and was reduced before
    expect(schedule.finish(4, 0)).toBe(true); // rises, not reduced before, and the best is still 5
    expect(schedule.stepSize).toBe(0.25);
  });

  it('requires no improvement at the first checkpoint', () => {
    const schedule = apgdSchedule({ ...linf, startLoss: 9 });
    schedule.finish(1, 0);
    expect(schedule.finish(2, 0)).toBe(false);
    expect(schedule.bestLoss).toBe(9);
  });

  it('in l1 divides the step by 1.5, to a tenth at least, until the best point gets sparser, then resets it', () => {
    const schedule = apgdSchedule(l1);
    const checkpoint = (moved: number): boolean => [1, 1, 1, 1].map((loss) => schedule.finish(loss, moved))[3] ?? false;
    expect([schedule.stepSize, schedule.leftOut]).toEqual([8, 12]); // a fifth of 16 pixels moves, rounded up
    expect(checkpoint(16)).toBe(false);
    expect(schedule.stepSize).toBeCloseTo(8 / 1.5, 6);
    for (let i = 0; i < 9; i++) checkpoint(16);
    expect(schedule.stepSize).toBeCloseTo(0.8, 6);
    expect(checkpoint(12)).toBe(true);
    expect([schedule.stepSize, schedule.leftOut]).toEqual([8, 8]); // 12 / 1.5 pixels move
    expect(schedule.finish(1, 0)).toBe(false); // no checkpoint
  });

  it('continues an l1 run from the number of pixels that its start moves', () => {
    expect(apgdSchedule({ ...l1, moved: 6 }).leftOut).toBe(12);
    expect(apgdSchedule({ ...l1, moved: 0 }).leftOut).toBe(15); // the largest pixel always moves
  });

  it('never lengthens the step in linf and l2, and keeps it in [epsilon / 10, epsilon] in l1', () => {
    const losses = fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(losses, fc.array(fc.nat(16), { minLength: 20, maxLength: 20 }), (values, moved) => {
        const halving = apgdSchedule({ ...linf, iterations: 20 });
        const sparse = apgdSchedule({ ...l1, iterations: 20 });
        let last = Number.POSITIVE_INFINITY;
        values.forEach((loss, i) => {
          expect(halving.stepSize).toBeLessThanOrEqual(last);
          last = halving.stepSize;
          halving.finish(loss, 0);
          sparse.finish(loss, moved[i] ?? 0);
          expect(sparse.stepSize).toBeGreaterThanOrEqual(Math.fround(0.8));
          expect(sparse.stepSize).toBeLessThanOrEqual(8);
          expect(sparse.leftOut).toBeLessThan(16);
        });
        expect(halving.bestLoss).toBe(Math.max(-1, ...values));
      }),
      { numRuns: 50, seed: 4 },
    );
  });
});
