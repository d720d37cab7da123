import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.ts';
import { readSafetensors } from '../safetensors/safetensors-read.ts';
import { constant } from './constant.ts';
import { cosine } from './cosine.ts';
import { oneCycle } from './one-cycle.ts';
import { piecewise } from './piecewise.ts';
import { presetSchedule, type SchedulePreset } from './preset-schedule.ts';
import type { Schedule } from './schedule.ts';
import { warmup } from './warmup.ts';

const golden = readSafetensors(readFileSync(new URL('../../fixtures/schedules.safetensors', import.meta.url)));

/** The rate of every epoch in the golden file, which starts one epoch before the first. */
function expectPublished(schedule: Schedule, name: string, epochs: number): void {
  const published = Array.from(golden.tensors.get(name)?.data ?? [], Number);
  expect(published.length).toBeGreaterThan(100);
  published.forEach((rate, epoch) => {
    const ours = schedule({ epoch, step: 0, stepsPerEpoch: 391, epochs });
    expect(Math.abs(ours - rate), `epoch ${epoch}`).toBeLessThanOrEqual(1e-5 * rate + 1e-9);
  });
}

const at = (epoch: number, step = 0) => ({ epoch, step, stepsPerEpoch: 10, epochs: 2 });
const everyStep = (schedule: Schedule) =>
  [1, 2].flatMap((epoch) => Array.from({ length: 10 }, (_, step) => schedule(at(epoch, step))));

describe('schedules', () => {
  it('give the published rates of squeeze training at every epoch', () => {
    expectPublished(presetSchedule('120e', 0.1), 'lr_120e', 120);
    expectPublished(presetSchedule('80e', 0.1), 'lr_80e', 80);
  });

  it.each([
    ['rst-cosine', 'rst_cosine'],
    ['rst-trades', 'rst_trades'],
    ['rst-trades-fixed', 'rst_trades_fixed'],
    ['rst-wrn', 'rst_wrn'],
    ['trades-awp', 'trades_awp'],
  ] as const)('%s gives the published rate of every epoch of robust self-training or AWP', (preset, row) => {
    expectPublished(presetSchedule(preset, 0.1), row, 200);
  });

  it('robust self-training drops at fractions of the run, AWP at fixed epochs', () => {
    const rates = (preset: SchedulePreset, epochs: number, ...of: number[]): number[] =>
      of.map((epoch) => Number(presetSchedule(preset, 1)({ epoch, step: 0, stepsPerEpoch: 1, epochs }).toFixed(9)));
    expect(rates('rst-trades-fixed', 20, 14, 15, 17, 18, 19, 20)).toEqual([1, 0.1, 0.1, 0.01, 0.01, 0.001]);
    expect(rates('rst-wrn', 10, 2, 3, 6, 8)).toEqual([1, 0.2, 0.04, 0.008]);
    expect(rates('trades-awp', 20, 20, 99, 100, 150)).toEqual([1, 1, 0.1, 0.01]);
  });

  it('constant does not change', () => {
    expect(constant(0.3)(at(2, 7))).toBe(0.3);
  });

  it('piecewise changes at the first step of its epochs, in any order of the keys', () => {
    const schedule = piecewise(1, { 9: 3, 2: 2 });
    expect([schedule(at(1, 9)), schedule(at(2)), schedule(at(8, 9)), schedule(at(9))]).toEqual([1, 2, 2, 3]);
  });

  it('cosine falls by epoch or by step, to its final rate', () => {
    expect(cosine(1)(at(2, 9))).toBeCloseTo(0.5, 12);
    expect(cosine(1, { every: 'step' })(at(2, 0))).toBeCloseTo(0.5, 12);
    expect(cosine(1, { every: 'step', final: 0.2 })({ ...at(2, 10) })).toBeCloseTo(0.2, 12);
    expect(cosine(1, { every: 'step' })({ ...at(1, 5), totalSteps: 10 })).toBeCloseTo(0.5, 12);
  });

  it('oneCycle rises and falls linearly, symmetric at half, never 0', () => {
    const rates = everyStep(oneCycle(1, { rise: 0.5 }));
    expect(rates[0]).toBeCloseTo(0.05, 12);
    expect(rates[9]).toBeCloseTo(0.95, 12);
    rates.forEach((rate, i) => {
      expect(rate).toBeCloseTo(rates[19 - i] ?? Number.NaN, 12);
    });
    const early = everyStep(oneCycle(1, { rise: 0.2 }));
    expect(early.indexOf(Math.max(...early))).toBe(4);
  });

  it('oneCycle completes within a run whose steps are limited', () => {
    const last = oneCycle(1, { rise: 0.5 })({ ...at(1, 9), totalSteps: 10 });
    expect(last).toBeCloseTo(0.1, 12);
  });

  it('warmup reaches the full rate after its epochs and does not change later ones', () => {
    const schedule = warmup(piecewise(1, { 2: 0.5 }), { epochs: 0.5 });
    const rates = everyStep(schedule);
    expect(rates.slice(0, 6).map((rate) => Math.round(rate * 1e9) / 1e9)).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1]);
    expect(rates[10]).toBe(0.5);
  });

  it.each<[() => Schedule, string]>([
    [() => constant(-1), '[@st/core] constant: rate must be a finite number >= 0, got -1.'],
    [() => constant(Number.NaN), 'got NaN'],
    [() => piecewise(Number.NaN, { 1: 1 }), '[@st/core] piecewise: initial must be a finite number >= 0, got NaN.'],
    [() => piecewise(0.1, {}), '[@st/core] piecewise: drops must name at least one epoch, got {}.'],
    [() => piecewise(0.1, { 0: 1 }), 'an epoch of drops must be an integer >= 1, got 0.'],
    [() => piecewise(0.1, { 1.5: 1 }), 'an epoch of drops must be an integer >= 1, got 1.5.'],
    [() => piecewise(0.1, { 80: -0.01 }), '[@st/core] piecewise: drops[80] must be a finite number >= 0, got -0.01.'],
    [() => cosine(-1), '[@st/core] cosine: peak must be a finite number >= 0, got -1.'],
    [() => cosine(1, { final: -1 }), 'final must be a finite number >= 0, got -1.'],
    // @ts-expect-error an unknown word
    [() => cosine(1, { every: 'day' }), "every must be one of 'epoch', 'step', got 'day'."],
    [() => oneCycle(1, { rise: 1 }), '[@st/core] oneCycle: rise must be a finite number in (0, 1), got 1.'],
    [() => warmup(constant(1), { epochs: 0 }), '[@st/core] warmup: epochs must be a finite number > 0, got 0.'],
    [
      // @ts-expect-error an unknown preset
      () => presetSchedule('90e', 0.1),
      "[@st/core] presetSchedule: preset must be one of '120e', '80e', 'trades-awp', 'rst-cosine', 'rst-trades', 'rst-trades-fixed', 'rst-wrn', got '90e'.",
    ],
    [() => presetSchedule('80e', -1), '[@st/core] presetSchedule: base must be a finite number >= 0, got -1.'],
  ])('refuse invalid arguments (%#)', (build, message) => {
    expect(build).toThrow(InvalidArgumentError);
    expect(build).toThrow(message);
  });
});
