import { expect, it } from 'vitest';

import { ConstantSearch } from './constant-search.ts';

it('multiplies the constant by 10 until one succeeds, then bisects', () => {
  const search = new ConstantSearch(2, 0.001);
  const tried = [false, false, true, true, false, true].map((succeeded) => {
    const constant = search.constantOf(0);
    search.update(0, succeeded);
    return constant;
  });
  [0.001, 0.01, 0.1, 0.055, 0.0325, 0.04375].forEach((constant, i) => {
    expect(tried[i]).toBeCloseTo(constant, 12);
  });
  expect(search.constantOf(1)).toBe(0.001);
});

it('halves the constant while every one succeeds', () => {
  const search = new ConstantSearch(1, 8);
  search.update(0, true);
  search.update(0, true);
  expect(search.constantOf(0)).toBe(2);
});
