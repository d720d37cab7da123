import { expect, it } from 'vitest';

import { type Series, seriesCells } from './scaling-series.ts';

const last = (series: Pick<Series, 'varied' | 'points'>): string | undefined =>
  seriesCells({ measure: 'full-gradient', batch: 32, ...series })
    .at(-1)
    ?.at(-1);

it('gives the speed-up of all threads over one', () => {
  const points = [
    { value: 1, seconds: 3 },
    { value: 2, seconds: 1.6 },
  ];
  expect(last({ varied: 'threads', points })).toBe('1.88x');
});

it('gives the growth of time with the batch, relative to linear growth', () => {
  const points = [
    { value: 16, seconds: 1 },
    { value: 64, seconds: 5 },
  ];
  expect(last({ varied: 'batch', points })).toBe('1.25');
});

it('compares the increments of search steps, without the fixed part of a training step', () => {
  const points = [5, 10, 20].map((value) => ({ value, seconds: 7 + value / 10 }));
  expect(last({ varied: 'search steps', points })).toBe('1.00');
});
