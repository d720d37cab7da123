import { describe, expect, it } from 'vitest';
import { findDifference } from '../checkpoints/find-difference.ts';
import { planRun } from './run-plan.ts';
import { createStepTimer } from './step-timer.ts';

describe('planRun', () => {
  it('gives the last step of an epoch the remaining examples, and the last epoch the remaining steps', () => {
    const whole = planRun(50, 16, 3, undefined);
    expect([whole.epochs, whole.stepsPerEpoch, whole.totalSteps]).toEqual([3, 4, 12]);
    expect([1, 3, 4].map(whole.stepsOf)).toEqual([4, 4, 0]);
    const limited = planRun(50, 16, 3, 6);
    expect([limited.epochs, limited.totalSteps, limited.stepsOf(1), limited.stepsOf(2)]).toEqual([2, 6, 4, 2]);
    expect(planRun(50, 16, 3, 1000).totalSteps).toBe(12);
  });
});

describe('findDifference', () => {
  it('finds no difference between equal values, in any order of keys', () => {
    expect(findDifference({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] })).toBeNull();
  });

  it.each([
    [{ a: { b: 1 } }, { a: { b: 2 } }, { path: 'a.b', before: 1, now: 2 }],
    [{ a: [1, 2] }, { a: [1] }, { path: 'a.1', before: 2, now: undefined }],
    [{}, { a: 0 }, { path: 'a', before: undefined, now: 0 }],
    [{ a: [] }, { a: {} }, { path: 'a', before: [], now: {} }],
    [{ a: null }, { a: {} }, { path: 'a', before: null, now: {} }],
  ])('names the path of the first difference (%#)', (before, now, difference) => {
    expect(findDifference(before, now)).toEqual(difference);
  });
});

describe('createStepTimer', () => {
  it('averages over the last twenty steps, without the time between them', async () => {
    let now = 0;
    const timer = createStepTimer(() => now);
    const step = (milliseconds: number) =>
      timer.time(10, async () => {
        now += milliseconds;
      });
    await step(100_000);
    for (let i = 0; i < 20; i++) {
      now += 5000; // such as an evaluation
      await step(500);
    }
    expect(timer.imagesPerSecond()).toBeCloseTo(20, 9);
    expect(timer.secondsPerStep()).toBeCloseTo(0.5, 9);
    expect(timer.lap()).toBeCloseTo(110, 9);
    expect(timer.lap()).toBe(0);
  });
});
