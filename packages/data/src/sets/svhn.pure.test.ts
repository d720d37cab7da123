import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { countsOf, folderPerTest, pattern, writeMat } from './published-files.fixture.ts';
import { svhn } from './svhn.ts';

const folder = folderPerTest();

describe('svhn', () => {
  const DIGITS = {
    train: [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659],
    test: [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595],
  };
  /** Digits in order, zero labeled 10. Image 2 has a mark in blue at row 1, column 4, the others a pattern. */
  function putPart(part: 'train' | 'test', change: (labels: Uint8Array) => void = () => undefined): void {
    const labels = Uint8Array.from(DIGITS[part].flatMap((count, digit) => new Array<number>(count).fill(digit || 10)));
    change(labels);
    const pixels = new Uint8Array(labels.length * 3072);
    const values = pattern(3072);
    for (let i = 0; i < labels.length; i++) if (i !== 2) pixels.set(values, i * 3072);
    pixels[2 * 3072 + 2 * 1024 + 4 * 32 + 1] = 77;
    writeMat(join(folder.path, `${part}_32x32.mat`), [
      ['X', [32, 32, 3, labels.length], pixels],
      ['y', [labels.length, 1], labels],
    ]);
  }

  it('reads the official files: the class is the digit, pixels are in row-major order', async () => {
    putPart('train');
    putPart('test');
    const { train, validation, test } = await svhn({ dir: folder.path, validation: 732, seed: 3 });
    expect([train.size, validation.size, test.size]).toEqual([72_525, 732, 26_032]);
    expect(countsOf(test)).toEqual(DIGITS.test);
    expect([test.name, test.classNames?.[0], test.label(0)]).toEqual(['SVHN test', '0', 0]);
    expect(test.image(2).indexOf(77)).toBe((1 * 32 + 4) * 3 + 2);
    expectAugmentedRight(train);
    expectAugmentedRight(test);
  });

  it('rejects a missing file, other counts, other labels, another shape, and an extra that is no boolean', async () => {
    await expect(svhn({ dir: folder.path, extra: 'no' as never })).rejects.toThrow(
      "[@st/data] svhn: extra must be true or false, got 'no'.",
    );
    await expect(svhn({ dir: folder.path })).rejects.toThrow(
      `cannot read ${join(folder.path, 'train_32x32.mat')}: it does not exist. Put the cropped digits`,
    );
    putPart('train', (labels) => labels.fill(1, 0, 1));
    await expect(svhn({ dir: folder.path })).rejects.toThrow('must hold 4948 images of class 0, got 4947.');
    putPart('train', (labels) => labels.fill(0, 5, 6));
    await expect(svhn({ dir: folder.path })).rejects.toThrow(
      'labels must be 1 .. 10 (10 for the digit 0), got 0 at index 5',
    );
    writeMat(join(folder.path, 'train_32x32.mat'), [
      ['X', [32, 32, 3, 2], new Uint8Array(6144)],
      [
        'y',
        [73257, 1],
        Uint8Array.from(DIGITS.train.flatMap((count, digit) => new Array<number>(count).fill(digit || 10))),
      ],
    ]);
    await expect(svhn({ dir: folder.path })).rejects.toThrow(
      'must hold X as bytes [32, 32, 3, 73257], got bytes [32, 32, 3, 2].',
    );
  });
});
