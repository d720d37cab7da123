import { type Batch, createRng } from '@st/core';
import { countTensors } from '@st/testing';
import { describe, expect, it } from 'vitest';
import { augmented } from '../augment/augmented.ts';
import { horizontalFlip } from '../augment/horizontal-flip.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import { batches } from './batches.ts';

const set = arrayDataset({
  name: 'ten',
  pixels: Uint8Array.from({ length: 20 }, (_, i) => i),
  labels: Array.from({ length: 10 }, (_, i) => i),
  imageShape: [1, 2, 1],
  classes: 10,
});

const labelsOf = (batch: Batch): number[] => Array.from(batch.labels.dataSync());
const allLabels = (iterable: Iterable<Batch>): number[][] => Array.from(iterable, labelsOf);

describe('batches', () => {
  it('returns the set in order without a generator, the last batch smaller', () => {
    expect(allLabels(batches(set, { batchSize: 4 }))).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('leaves the smaller last batch out with dropLast', () => {
    expect(allLabels(batches(set, { batchSize: 4, dropLast: true }))).toHaveLength(2);
    expect(allLabels(batches(set, { batchSize: 5, dropLast: true }))).toHaveLength(2);
    expect(allLabels(batches(set, { batchSize: 11, dropLast: true }))).toEqual([]);
  });

  it('returns every example once, in an order that depends on the generator alone', () => {
    const shuffled = (seed: number): number[] => allLabels(batches(set, { batchSize: 3, rng: createRng(seed) })).flat();
    expect([...shuffled(1)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(shuffled(1)).toEqual(shuffled(1));
    expect(shuffled(1)).not.toEqual(shuffled(2));
    const used = createRng(1);
    used.next();
    expect(allLabels(batches(set, { batchSize: 3, rng: used })).flat()).toEqual(shuffled(1));
  });

  it('draws the augmentation of the set from the same generator', () => {
    const flipped = augmented(set, [horizontalFlip()]);
    const pixels = (batchSize: number): string[] =>
      Array.from(batches(flipped, { batchSize, rng: createRng(3) }), ({ images }) => images.dataSync().join());
    expect(pixels(4)).toEqual(pixels(4));
    const plain = Array.from(batches(set, { batchSize: 4, rng: createRng(3) }), ({ images }) =>
      images.dataSync().join(),
    );
    expect(pixels(4)).not.toEqual(plain);
  });

  it('disposes each batch when the next is requested, and the last when the loop ends', () => {
    const seen: Batch[] = [];
    const left = countTensors(() => {
      for (const batch of batches(set, { batchSize: 2 })) seen.push(batch);
    });
    expect([left, seen.length]).toEqual([0, 5]);
    expect(seen.every(({ images, labels }) => images.isDisposed && labels.isDisposed)).toBe(true);
  });

  it('leaks nothing if the loop ends early, by break or by an error', () => {
    expect(
      countTensors(() => {
        for (const _ of batches(set, { batchSize: 2 })) break;
      }),
    ).toBe(0);
    const failing = (): void => {
      for (const _ of batches(set, { batchSize: 2 })) throw new Error('midway');
    };
    expect(countTensors(() => expect(failing).toThrow('midway'))).toBe(0);
  });

  it('holds one batch at a time', () => {
    const iterator = batches(set, { batchSize: 2 });
    const after = [1, 2, 3].map(() => countTensors(() => iterator.next()));
    expect(after).toEqual([2, 0, 0]);
    expect(countTensors(() => iterator.return())).toBe(-2);
  });

  it('rejects a batch size that is no positive integer, and a dropLast that is no boolean, before the first batch', () => {
    expect(() => batches(set, { batchSize: 0 })).toThrow(
      '[@st/data] batches: batchSize must be an integer >= 1, got 0.',
    );
    expect(() => batches(set, { batchSize: 2.5 })).toThrow('got 2.5.');
    expect(() => batches(set, { batchSize: 2, dropLast: 'no' as never })).toThrow(
      "[@st/data] batches: dropLast must be true or false, got 'no'.",
    );
  });
});
