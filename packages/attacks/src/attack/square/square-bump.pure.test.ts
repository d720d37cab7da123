import { expect, it } from 'vitest';

import { bumpPair, squareBump } from './square-bump.ts';

const sumOf = (values: ArrayLike<number>, map: (value: number) => number): number =>
  Array.from(values, map).reduce((sum, value) => sum + value, 0);

it('falls off by rings: 1 + 1/4 in the middle, 1/4 around it, scaled to norm 1', () => {
  const norm = Math.hypot(1 / 4, 5 / 4, 1 / 4);
  [0.25, 1.25, 0.25].forEach((value, i) => {
    expect(squareBump('l2', 1, 3)[i]).toBeCloseTo(value / norm, 12);
  });
  [1 / 16, 17 / 16, 1 / 16].forEach((value, i) => {
    expect(squareBump('l1', 1, 3)[i]).toBeCloseTo(value / (19 / 16), 12);
  });
});

it.each([1, 2, 3, 6, 7])('pairs a positive and a negative bump in a window of %d pixels, scaled to norm 1', (side) => {
  for (const upright of [false, true]) {
    expect(sumOf(bumpPair('l2', side, upright), (value) => value ** 2)).toBeCloseTo(1, 12);
    expect(sumOf(bumpPair('l1', side, upright), Math.abs)).toBeCloseTo(1, 12);
  }
  const lying = bumpPair('l2', side, false);
  const upright = bumpPair('l2', side, true);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      expect(upright[column * side + row]).toBe(lying[row * side + column]);
      expect(Math.sign(lying[row * side + column] ?? 0)).toBe(row < Math.floor(side / 2) ? 1 : -1);
    }
  }
});
