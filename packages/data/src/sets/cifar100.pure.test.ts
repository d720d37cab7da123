import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { cifar100 } from './cifar100.ts';
import { countsOf, folderPerTest, pattern } from './published-files.fixture.ts';

const folder = folderPerTest();

describe('cifar100', () => {
  /** Image i has fine class i % 100, five of which form a coarse one. Image 7 has marks in three corner pixels, the others a pattern. */
  function records(images: number): Uint8Array {
    const bytes = new Uint8Array(images * 3074);
    const values = pattern(3072);
    for (let i = 0; i < images; i++) {
      bytes.set([Math.floor((i % 100) / 5), i % 100], i * 3074);
      if (i !== 7) bytes.set(values, i * 3074 + 2);
    }
    const planes = 7 * 3074 + 2;
    bytes[planes] = 11; // first pixel, red
    bytes[planes + 1024 + 31] = 22; // end of the first row, green
    bytes[planes + 3071] = 33; // last pixel, blue
    return bytes;
  }
  const putBoth = (): void => {
    folder.put('train.bin', records(50_000));
    folder.put('test.bin', records(10_000));
  };

  it('reads the official files, and the class names if their file is there', async () => {
    putBoth();
    folder.put('fine_label_names.txt', `${Array.from({ length: 100 }, (_, i) => `fine ${i}`).join('\n')}\n`);
    const { train, validation, test } = await cifar100({ dir: folder.path, validation: 500, seed: 1 });
    expect([train.size, validation.size, test.size, train.classes]).toEqual([49_500, 500, 10_000, 100]);
    expect(countsOf(validation)).toEqual(new Array(100).fill(5));
    expect(test.classNames?.[99]).toBe('fine 99');
    const image = test.image(7);
    expect([image[0], image[31 * 3 + 1], image[3071], test.label(7)]).toEqual([11, 22, 33, 7]);
    expect(image.filter((value) => value !== 0)).toHaveLength(3);
    expectAugmentedRight(train, train);
    expectAugmentedRight(test);
  });

  it('reads coarse labels, and finds the folder that the archive unpacks to', async () => {
    putBoth();
    const inner = join(folder.path, 'cifar-100-binary');
    mkdirSync(inner);
    for (const [name, images] of [
      ['train.bin', 50_000],
      ['test.bin', 10_000],
    ] as const)
      writeFileSync(join(inner, name), records(images));
    const { test } = await cifar100({ dir: folder.path, labels: 'coarse', validation: 0 });
    expect([test.name, test.classes, test.label(7), test.classNames]).toEqual([
      'CIFAR-100 (coarse) test',
      20,
      1,
      undefined,
    ]);
    expect(countsOf(test)).toEqual(new Array(20).fill(500));
  });

  it('rejects missing, short and damaged files, and an unknown kind of labels', async () => {
    await expect(cifar100({ dir: folder.path })).rejects.toThrow(
      `[@st/data] cifar100: cannot read ${join(folder.path, 'train.bin')}: it does not exist. Unpack cifar-100-binary.tar.gz`,
    );
    folder.put('train.bin', new Uint8Array(3073 * 10_000));
    await expect(cifar100({ dir: folder.path })).rejects.toThrow(
      'must be 153700000 bytes (50000 records of 3074), got 30730000.',
    );
    const damaged = records(50_000);
    damaged[3074 + 1] = 99;
    folder.put('train.bin', damaged);
    await expect(cifar100({ dir: folder.path })).rejects.toThrow('must hold 500 images of class 1, got 499.');
    const regrouped = records(50_000);
    regrouped[0] = 1;
    regrouped[3074 * 5] = 0;
    folder.put('train.bin', regrouped);
    await expect(cifar100({ dir: folder.path })).rejects.toThrow(
      'each fine class must lie in one coarse class, got fine class 0 in 1 and, at index 100',
    );
    await expect(cifar100(JSON.parse('{"dir": ".", "labels": "both"}'))).rejects.toThrow(InvalidArgumentError);
  });
});
