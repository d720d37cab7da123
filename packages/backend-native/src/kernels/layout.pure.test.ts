import { expect, it } from 'vitest';
import { layoutOf } from './layout.ts';

it('a layout holds 32-bit numbers, and rejects larger ones', () => {
  expect(layoutOf(2, -3, 2 ** 31 - 1)).toEqual(Int32Array.of(2, -3, 2 ** 31 - 1));
  for (const size of [2 ** 31, 2 ** 32 + 5, 0.5, Number.NaN]) {
    expect(() => layoutOf(1, size)).toThrow(`must be integers below 2^31, got ${size}.`);
  }
});
