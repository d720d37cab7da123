import { expect, it } from 'vitest';

import { squareFraction, squareSide } from './square-schedule.ts';

const schedule = (queries: number, rescale: boolean) => (iteration: number) =>
  squareFraction(iteration, { pInit: 0.8, queries, rescale });

it('halves the share after iterations 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000', () => {
  const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
  const at = schedule(10_000, false);
  expect(at(0)).toBe(0.8);
  halvings.forEach((halving, i) => {
    expect(at(halving)).toBe(0.8 / 2 ** i);
    expect(at(halving + 1)).toBe(0.8 / 2 ** (i + 1));
  });
});

it('stretches the schedule to the number of queries, or truncates it there', () => {
  expect(schedule(100, true)(99)).toBe(0.8 / 512);
  expect(schedule(100, false)(99)).toBe(0.8 / 4);
  expect([0, 5, 6].map(schedule(5000, true))).toEqual([0.8, 0.8, 0.4]);
});

it('gives sides of the wanted share, rounded half to even, at most that of the image', () => {
  expect(squareSide('linf', 0.8, [32, 32, 3])).toBe(29);
  expect(squareSide('linf', 0.8 / 512, [32, 32, 3])).toBe(1);
  expect(squareSide('linf', 0.25, [3, 3, 1])).toBe(2); // 1.5
  expect(squareSide('linf', 0.25, [5, 5, 1])).toBe(2); // 2.5
  expect(squareSide('linf', 1, [8, 2, 1])).toBe(2);
  expect(squareSide('linf', 1e-9, [8, 8, 1])).toBe(1);
});

it('gives l2 and l1 odd windows of at least 3 pixels', () => {
  expect(squareSide('l2', 0.2, [32, 32, 3])).toBe(15); // 14.3
  expect(squareSide('l1', 1e-9, [32, 32, 3])).toBe(3);
  expect(squareSide('l2', 1, [2, 7, 1])).toBe(2);
});
