import { createRng } from '@st/core';
import { epochOrder } from '@st/core/kit';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { augmented } from '../augment/augmented.ts';
import { horizontalFlip } from '../augment/horizontal-flip.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import { batches } from '../views/batches.ts';
import { type SemiSupervisedOptions, semiSupervised } from './semi-supervised.ts';

const setOf = (name: string, size: number, value: number, changes: { classes?: number; side?: number } = {}) => {
  const { classes = 3, side = 2 } = changes;
  const pixels = Uint8Array.from({ length: size * side }, (_, i) => value + (i % side));
  return arrayDataset({ name, pixels, labels: new Uint8Array(size), imageShape: [1, side, 1], classes });
};
const labeled = setOf('labeled', 10, 0);
const pseudo = setOf('pseudo', 7, 100);

/** The batches of an epoch, as sorted indices. */
function epochOf(options: SemiSupervisedOptions, batchSize: number, seed = 1): number[][] {
  const set = semiSupervised(labeled, pseudo, options);
  const order = epochOrder(set, batchSize, createRng(seed));
  return Array.from({ length: order.length / batchSize }, (_, b) =>
    Array.from(order.subarray(b * batchSize, (b + 1) * batchSize)),
  );
}
const isLabeled = (index: number): boolean => index < 10;

describe('semiSupervised', () => {
  it('puts the same number of labeled images into each batch, each image once an epoch', () => {
    const epoch = epochOf({}, 4);
    expect(epoch).toHaveLength(5); // 10 labeled, 2 a batch
    expect(epoch.map((indices) => indices.filter(isLabeled).length)).toEqual([2, 2, 2, 2, 2]);
    expect(
      epoch
        .flat()
        .filter(isLabeled)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch.flat().every((index) => index >= 0 && index < 17)).toBe(true);
  });

  it('rounds the pseudo-labeled part down, and fills the last batch of a round with pseudo-labeled images', () => {
    const epoch = epochOf({ labeledFraction: 0.5 }, 7); // 3 pseudo-labeled, 4 labeled: 4 + 4 + 2
    expect(epoch.map((indices) => [indices.length, indices.filter(isLabeled).length])).toEqual([
      [7, 4],
      [7, 4],
      [7, 2],
    ]);
    const tenths = epochOf({ labeledFraction: 0.9 }, 10);
    expect(tenths.map((indices) => indices.filter(isLabeled).length)).toEqual([9, 1]);
  });

  it('with epochImages counts an epoch in images, and repeats the labeled ones', () => {
    const epoch = epochOf({ epochImages: 30 }, 4);
    expect(epoch).toHaveLength(8); // ceil(30 / 4)
    const seen = epoch.flat().filter(isLabeled);
    expect(seen.slice(0, 10).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen).toHaveLength(16);
  });

  it('draws pseudo-labeled images with replacement, all equally often, and shuffles within a batch', () => {
    const counts = new Array<number>(7).fill(0);
    const firsts: boolean[] = [];
    for (let seed = 0; seed < 200; seed++) {
      for (const indices of epochOf({}, 4, seed)) {
        firsts.push(isLabeled(indices[0] ?? 0));
        for (const index of indices) if (index >= 10) counts[index - 10] = (counts[index - 10] ?? 0) + 1;
      }
    }
    for (const count of counts) expect(Math.abs(count - 2000 / 7)).toBeLessThan(80);
    expect(Math.abs(firsts.filter(Boolean).length / firsts.length - 0.5)).toBeLessThan(0.06);
  });

  it('gives the same epoch for the same stream, and another for another', () => {
    expect(epochOf({}, 4, 3)).toEqual(epochOf({}, 4, 3));
    expect(epochOf({}, 4, 3)).not.toEqual(epochOf({}, 4, 4));
  });

  it('keeps the augmentation of each set, and works with batches', () => {
    const flipped = semiSupervised(labeled, augmented(pseudo, [horizontalFlip()]));
    expect(flipped.name).toBe('labeled + pseudo (50 % labelled)');
    let mirrored = 0;
    let count = 0;
    expect(
      countTensors(() => {
        for (const { images } of batches(flipped, { batchSize: 4, rng: createRng(1) })) {
          const rows = tf.tidy(() => tf.reshape<tf.Rank.R2>(images, [4, 2]).arraySync());
          for (const [left = 0, right = 0] of rows) {
            count++;
            if (left < 0.2) expect(right).toBeGreaterThan(left);
            else if (right < left) mirrored++;
          }
        }
      }),
    ).toBe(0);
    expect(count).toBe(20);
    expect(mirrored).toBeGreaterThan(0);
  });

  it('rejects sets of other shapes or classes, an empty set, and batches too small for a labeled image', () => {
    expect(() => semiSupervised(labeled, setOf('wide', 2, 0, { side: 3 }))).toThrow(
      "[@st/data] semiSupervised: both sets must have images of one shape, got [1, 2, 1] of 'labeled' and [1, 3, 1] of 'wide'.",
    );
    expect(() => semiSupervised(labeled, setOf('four', 2, 0, { classes: 4 }))).toThrow(
      "both sets must have the same classes, got 3 of 'labeled' and 4 of 'four'.",
    );
    expect(() => semiSupervised(setOf('none', 0, 0), pseudo)).toThrow(
      "both sets must hold images, got 'none' with none.",
    );
    expect(() => semiSupervised(labeled, pseudo, { labeledFraction: 0 })).toThrow(
      'must be a finite number in (0, 1], got 0.',
    );
    expect(() => epochOf({ labeledFraction: 1e-10 }, 4)).toThrow('take larger batches.');
  });
});
