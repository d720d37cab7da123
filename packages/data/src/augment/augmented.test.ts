import { createRng, type Rng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { arrayDataset } from '../sets/array-dataset.ts';
import { subset } from '../views/subset.ts';
import { augmented } from './augmented.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { randomCrop } from './random-crop.ts';

/** Returns the given draws: integers, then fractions. */
function scripted(integers: number[], fractions: number[] = []): Rng {
  return { ...createRng(0), integer: () => integers.shift() ?? 0, next: () => fractions.shift() ?? 0 };
}

const small = arrayDataset({
  name: 'one 2 x 3 image of 2 channels',
  pixels: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  labels: [0],
  imageShape: [2, 3, 2],
  classes: 2,
});

describe('randomCrop', () => {
  const crop = (row: number, column: number): number[] =>
    Array.from(augmented(small, [randomCrop({ padding: 1 })]).image(0, scripted([row, column])));

  it('cuts a window from the image padded with zeros', () => {
    expect(crop(1, 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(crop(0, 0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    expect(crop(2, 2)).toEqual([9, 10, 11, 12, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(crop(1, 2)).toEqual([3, 4, 5, 6, 0, 0, 9, 10, 11, 12, 0, 0]);
  });

  it('gives black pixels for a window outside the image', () => {
    const wide = augmented(small, [randomCrop({ padding: 5 })]);
    expect(Array.from(wide.image(0, scripted([0, 0])))).toEqual(new Array(12).fill(0));
    expect(Array.from(wide.image(0, scripted([5, 10])))).toEqual(new Array(12).fill(0));
  });

  it('draws every position equally often', () => {
    const set = augmented(small, [randomCrop({ padding: 1 })]);
    const rng = createRng(3);
    const seen = new Map<string, number>();
    for (let i = 0; i < 9000; i++) {
      const key = set.image(0, rng).join();
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(9);
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('rejects a padding that is no integer', () => {
    expect(() => randomCrop({ padding: 0.5 })).toThrow(
      '[@st/data] randomCrop: padding must be an integer >= 0, got 0.5.',
    );
    expect(() => randomCrop({ padding: -1 })).toThrow('got -1.');
  });
});

describe('horizontalFlip', () => {
  it('mirrors columns, and keeps rows and channels', () => {
    const set = augmented(small, [horizontalFlip()]);
    expect(Array.from(set.image(0, scripted([], [0.49])))).toEqual([5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8]);
    expect(Array.from(set.image(0, scripted([], [0.5])))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('mirrors half of the images', () => {
    const set = augmented(small, [horizontalFlip()]);
    const rng = createRng(4);
    let mirrored = 0;
    for (let i = 0; i < 4000; i++) mirrored += set.image(0, rng)[0] === 5 ? 1 : 0;
    expect(Math.abs(mirrored - 2000)).toBeLessThan(150);
  });
});

describe('augmented', () => {
  const random = createRng(1);
  const set = arrayDataset({
    name: 'random',
    pixels: Uint8Array.from({ length: 20 * 75 }, () => random.integer(255) + 1),
    labels: new Uint8Array(20),
    imageShape: [5, 5, 3],
    classes: 2,
  });
  const changed = augmented(set, [randomCrop({ padding: 2 }), horizontalFlip()]);
  const indices = Array.from({ length: 20 }, (_, i) => i);

  it('applies the augmentations in order: crop, then flip', () => {
    const both = augmented(small, [randomCrop({ padding: 1 }), horizontalFlip()]);
    expect(Array.from(both.image(0, scripted([1, 2], [0])))).toEqual([0, 0, 5, 6, 3, 4, 0, 0, 11, 12, 9, 10]);
  });

  it('does not change the stored pixels, and returns them without a generator', () => {
    const before = Array.from(indices, (i) => set.image(i).join());
    tf.dispose(changed.batch(indices, createRng(2)));
    expect(Array.from(indices, (i) => changed.image(i).join())).toEqual(before);
  });

  it('gives the same batch for the same generator, and another for another', () => {
    const pixels = (seed: number): number[] =>
      tf.tidy(() => Array.from(changed.batch(indices, createRng(seed)).images.dataSync()));
    expect(pixels(5)).toEqual(pixels(5));
    expect(pixels(5)).not.toEqual(pixels(6));
  });

  it('works on a subset and on float pixels', () => {
    const floats = arrayDataset({
      name: 'floats',
      pixels: Float32Array.from([0.1, 0.2, 0.3, 0.4]),
      labels: [0, 1],
      imageShape: [1, 2, 1],
      classes: 2,
    });
    const second = subset(augmented(floats, [horizontalFlip()]), [1]);
    const batch = second.batch([0, 0], scripted([], [0, 0.9]));
    expectClose(batch.images, [0.4, 0.3, 0.3, 0.4]);
    tf.dispose(batch);
  });

  it('leaks nothing', () => {
    expect(countTensors(() => tf.dispose(changed.batch(indices, createRng(1))))).toBe(0);
  });
});
