import { createRng, type Rng } from '@st/core';
import { describe, expect, it } from 'vitest';

import { arrayDataset } from '../sets/array-dataset.ts';
import { augmented } from './augmented.ts';
import { type CutoutOptions, cutout } from './cutout.ts';

const WHITE = arrayDataset({
  name: 'one white 4 x 5 image',
  pixels: new Uint8Array(4 * 5 * 3).fill(255),
  labels: [0],
  imageShape: [4, 5, 3],
  classes: 2,
});

/** The rows of the first channel, 9 for white, with the square's center at (row, column). */
function rows(options: CutoutOptions, row: number, column: number): string[] {
  const integers = [row, column];
  const rng: Rng = { ...createRng(0), integer: () => integers.shift() ?? 0 };
  const image = augmented(WHITE, [cutout(options)]).image(0, rng);
  return [0, 1, 2, 3].map((y) =>
    [0, 1, 2, 3, 4].map((x) => Math.round(((image[(y * 5 + x) * 3] ?? 0) * 9) / 255)).join(''),
  );
}

describe('cutout', () => {
  it('covers size x size pixels around its center, clipped at the border', () => {
    expect(rows({ size: 2 }, 2, 2)).toEqual(['99999', '90099', '90099', '99999']);
    expect(rows({ size: 2 }, 0, 0)).toEqual(['09999', '99999', '99999', '99999']);
    expect(rows({ size: 4 }, 3, 4)).toEqual(['99999', '99000', '99000', '99000']);
    expect(rows({ size: 3 }, 2, 2)).toEqual(rows({ size: 2 }, 2, 2));
    expect(rows({ size: 1 }, 2, 2)).toEqual(['99999', '99999', '99999', '99999']);
  });

  it('fills with the color given, in bytes and in floats', () => {
    const rng: Rng = { ...createRng(0), integer: () => 1 };
    const colored = cutout({ size: 2, fill: [0.2, 0.4, 0.6] });
    expect(Array.from(augmented(WHITE, [colored]).image(0, rng).slice(0, 3))).toEqual([51, 102, 153]);
    const floats = arrayDataset({
      name: 'floats',
      pixels: new Float32Array(12).fill(1),
      labels: [0],
      imageShape: [2, 2, 3],
      classes: 2,
    });
    expect(Array.from(augmented(floats, [colored]).image(0, rng).slice(0, 3))).toEqual(
      Array.from(Float32Array.of(0.2, 0.4, 0.6)),
    );
  });

  it('draws every pixel as center equally often', () => {
    const set = augmented(WHITE, [cutout({ size: 2 })]);
    const rng = createRng(7);
    const seen = new Map<string, number>();
    for (let i = 0; i < 4000; i++) {
      const key = set.image(0, rng).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(20);
    for (const count of seen.values()) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('rejects a size below 1, a color outside [0, 1] and a color of another number of channels', () => {
    expect(() => cutout({ size: 0 })).toThrow('[@st/data] cutout: size must be an integer >= 1, got 0.');
    expect(() => cutout({ size: 2, fill: [125] })).toThrow(
      '[@st/data] cutout: fill must hold values in [0, 1], one a channel, got [125]. Divide 8-bit values by 255.',
    );
    expect(() => augmented(WHITE, [cutout({ size: 2, fill: [0.5] })]).image(0, createRng(1))).toThrow(
      "fill must hold one value for each of the image's 3 channels, got 1.",
    );
  });
});
