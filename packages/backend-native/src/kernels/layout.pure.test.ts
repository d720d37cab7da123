import { expect, it } from 'vitest';
import { layoutOf } from './layout.ts';

it('a layout has its numbers in 32 bits, and none that was cut to them', () => {
  expect(layoutOf(2, -3, 2 ** 31 - 1)).toEqual(Int32Array.of(2, -3, 2 ** 31 - 1));
  for (const size of [2 ** 31, 2 ** 32 + 5, 0.5, Number.NaN]) {
    expect(() => layoutOf(1, size)).toThrow(`must be integers below 2^31, got ${size}.`);
  }
});
