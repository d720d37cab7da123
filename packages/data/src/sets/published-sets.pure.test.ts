import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataFormatError, InvalidArgumentError } from '@st/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { cifar100 } from './cifar100.ts';
import { fashionMnist } from './fashion-mnist.ts';
import { mnist } from './mnist.ts';
import { idxFile, writeMat } from './published-files.fixture.ts';
import { svhn } from './svhn.ts';

// Whole sets in the official formats, with the published numbers of each class and made-up pixels.

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-sets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, name), bytes);

/** Values without any symmetry, so that a crop or flip that goes wrong shows. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7919) % 251);

function countsOf(set: ImageDataset): number[] {
  const counts = new Array<number>(set.classes).fill(0);
  for (let i = 0; i < set.size; i++) counts[set.label(i)] = (counts[set.label(i)] ?? 0) + 1;
  return counts;
}

describe('cifar100', () => {
  /** Fine classes in turn; five fine ones to a coarse one; image 7 has three marks in corner pixels, the others a pattern. */
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
    put('train.bin', records(50_000));
    put('test.bin', records(10_000));
  };

  it('reads the official files, and names the classes where their names lie beside', async () => {
    putBoth();
    put('fine_label_names.txt', `${Array.from({ length: 100 }, (_, i) => `fine ${i}`).join('\n')}\n`);
    const { train, validation, test } = await cifar100({ dir: folder, validation: 500, seed: 1 });
    expect([train.size, validation.size, test.size, train.classes]).toEqual([49_500, 500, 10_000, 100]);
    expect(countsOf(validation)).toEqual(new Array(100).fill(5));
    expect(test.classNames?.[99]).toBe('fine 99');
    const image = test.image(7);
    expect([image[0], image[31 * 3 + 1], image[3071], test.label(7)]).toEqual([11, 22, 33, 7]);
    expect(image.filter((value) => value !== 0)).toHaveLength(3);
    expectAugmentedRight(train, train);
    expectAugmentedRight(test);
  });

  it('reads coarse labels, from the folder that the archive unpacks to', async () => {
    putBoth();
    const inner = join(folder, 'cifar-100-binary');
    mkdirSync(inner);
    for (const [name, images] of [
      ['train.bin', 50_000],
      ['test.bin', 10_000],
    ] as const)
      writeFileSync(join(inner, name), records(images));
    const { test } = await cifar100({ dir: folder, labels: 'coarse', validation: 0 });
    expect([test.name, test.classes, test.label(7), test.classNames]).toEqual([
      'CIFAR-100 (coarse) test',
      20,
      1,
      undefined,
    ]);
    expect(countsOf(test)).toEqual(new Array(20).fill(500));
  });

  it('refuses missing, short and damaged files, and labels that are neither', async () => {
    await expect(cifar100({ dir: folder })).rejects.toThrow(
      `[@st/data] cifar100: cannot read ${join(folder, 'train.bin')}: it does not exist. Unpack cifar-100-binary.tar.gz`,
    );
    put('train.bin', new Uint8Array(3073 * 10_000));
    await expect(cifar100({ dir: folder })).rejects.toThrow(
      'must be 153700000 bytes (50000 records of 3074), got 30730000.',
    );
    const damaged = records(50_000);
    damaged[3074 + 1] = 99;
    put('train.bin', damaged);
    await expect(cifar100({ dir: folder })).rejects.toThrow('must hold 500 images of class 1, got 499.');
    const regrouped = records(50_000);
    regrouped[0] = 1;
    regrouped[3074 * 5] = 0;
    put('train.bin', regrouped);
    await expect(cifar100({ dir: folder })).rejects.toThrow(
      'each fine class must lie in one coarse class, got fine class 0 in 1 and, at index 100',
    );
    await expect(cifar100(JSON.parse('{"dir": ".", "labels": "both"}'))).rejects.toThrow(InvalidArgumentError);
  });
});

describe('fashionMnist', () => {
  function putSet(prefix: string, images: number, pack: boolean): void {
    const pixels = pattern(images * 784);
    pixels.set([1, 2, 3], 784 * 3);
    const labels = Uint8Array.from({ length: images }, (_, i) => i % 10);
    const [image, label] = [idxFile([images, 28, 28], pixels), idxFile([images], labels)];
    put(`${prefix}-images-idx3-ubyte${pack ? '.gz' : ''}`, pack ? gzipSync(image, { level: 1 }) : image);
    put(`${prefix}-labels-idx1-ubyte${pack ? '.gz' : ''}`, pack ? gzipSync(label) : label);
  }

  it('reads the official files, packed or not', async () => {
    putSet('train', 60_000, true);
    putSet('t10k', 10_000, false);
    const { train, validation, test } = await fashionMnist({ dir: folder, validation: 100 });
    expect([train.size, validation.size, test.size]).toEqual([59_900, 100, 10_000]);
    expect([test.name, test.imageShape, test.classNames?.[9]]).toEqual([
      'Fashion-MNIST test',
      [28, 28, 1],
      'ankle boot',
    ]);
    expect(Array.from(test.image(3).slice(0, 4))).toEqual([1, 2, 3, pattern(3 * 784 + 4)[3 * 784 + 3]]);
    expect(countsOf(test)).toEqual(new Array(10).fill(1000));
    expectAugmentedRight(train); // unpacked
    expectAugmentedRight(test); // as it lies
  });

  it('is padded where a network wants 32 x 32, and found where torchvision puts it, under dotted names too', async () => {
    const raw = join(folder, 'FashionMNIST', 'raw');
    mkdirSync(raw, { recursive: true });
    putSet('train', 60_000, false);
    putSet('t10k', 10_000, false);
    const whole = (await fashionMnist({ dir: folder, validation: 0 })).test;
    for (const name of readdirSync(folder).filter((file) => file.includes('-idx'))) {
      renameSync(join(folder, name), join(raw, name.replace('-idx', '.idx')));
    }
    for (const dir of [folder, join(folder, 'FashionMNIST'), raw]) {
      const { test } = await fashionMnist({ dir, padding: 2, validation: 0 });
      expect([test.size, test.imageShape]).toEqual([10_000, [32, 32, 1]]);
      for (const i of [0, 3, 9999]) {
        const [image, inner] = [test.image(i), whole.image(i)];
        const at = (y: number, x: number): number =>
          y >= 0 && y < 28 && x >= 0 && x < 28 ? (inner[y * 28 + x] ?? 0) : 0;
        const right = Array.from({ length: 1024 }, (_, k) => at(Math.floor(k / 32) - 2, (k % 32) - 2));
        expect(Array.from(image)).toEqual(right);
      }
      expectAugmentedRight(test);
    }
    await expect(fashionMnist({ dir: folder, padding: 99 })).rejects.toThrow(
      'padding must be an integer in [0, 98], got 99.',
    );
  });

  it('refuses files that are missing, of another type or shape, short, damaged, or too long unpacked', async () => {
    const refused = async (message: string): Promise<void> => {
      await expect(fashionMnist({ dir: folder })).rejects.toThrow(message);
      await expect(fashionMnist({ dir: folder })).rejects.toBeInstanceOf(DataFormatError);
    };
    await refused(
      'train-images-idx3-ubyte: it does not exist. Put the four files of https://github.com/zalandoresearch/fashion-mnist there.',
    );
    const name = 'train-images-idx3-ubyte';
    put(name, 'no');
    await refused(`${name} in ${folder} is no IDX file.`);
    put(name, Uint8Array.of(0, 0, 0x0d, 3, ...new Uint8Array(12)));
    await refused('must hold unsigned bytes (type 0x08), got type 0x0d.');
    put(name, idxFile([10, 28, 28], new Uint8Array(7840)));
    await refused('must have the shape [60000, 28, 28], got 3 dimensions that start [10, 28, 28].');
    put(name, idxFile([60_000, 28, 28], new Uint8Array(100)));
    await refused('must be 47040016 bytes unpacked, got 116: it is truncated.');
    rmSync(join(folder, name));
    put(`${name}.gz`, gzipSync(new Uint8Array(47_040_017), { level: 1 }));
    await refused(`${name}.gz in ${folder} must unpack to 47040016 bytes, but does not: `);
    put(`${name}.gz`, gzipSync(idxFile([60_000, 28, 28], new Uint8Array(47_040_000)), { level: 1 }).subarray(0, 1000));
    await refused('must unpack to 47040016 bytes, but does not: unexpected end of file.');
  });
});

describe('mnist', () => {
  const COUNTS = {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    t10k: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  };
  function putPart(part: 'train' | 't10k'): void {
    const labels = Uint8Array.from(COUNTS[part].flatMap((count, digit) => new Array<number>(count).fill(digit)));
    put(`${part}-images-idx3-ubyte`, idxFile([labels.length, 28, 28], pattern(labels.length * 784)));
    put(`${part}-labels-idx1-ubyte.gz`, gzipSync(idxFile([labels.length], labels)));
  }

  it('reads the official files, with the published numbers of each digit', async () => {
    putPart('train');
    putPart('t10k');
    const { train, validation, test } = await mnist({ dir: folder, padding: 2, validation: 600 });
    expect([train.size, validation.size, test.size]).toEqual([59_400, 600, 10_000]);
    expect([test.name, test.imageShape, test.classNames?.[9]]).toEqual(['MNIST test', [32, 32, 1], '9']);
    expect(countsOf(test)).toEqual(COUNTS.t10k);
    expect([test.label(0), test.label(9999)]).toEqual([0, 9]);
    expectAugmentedRight(train);
  });

  it('refuses Fashion-MNIST, whose classes come equally often, and a folder without files', async () => {
    await expect(mnist({ dir: folder })).rejects.toThrow(
      'train-images-idx3-ubyte: it does not exist. Put the four files of http://yann',
    );
    putPart('t10k');
    const labels = Uint8Array.from({ length: 60_000 }, (_, i) => i % 10);
    put('train-images-idx3-ubyte', idxFile([60_000, 28, 28], new Uint8Array(60_000 * 784)));
    put('train-labels-idx1-ubyte', idxFile([60_000], labels));
    await expect(mnist({ dir: folder })).rejects.toThrow('must hold 5923 images of class 0, got 6000.');
  });
});

describe('svhn', () => {
  const DIGITS = {
    train: [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659],
    test: [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595],
  };
  /** Digits in order, zero called 10; image 2 is marked at row 1, column 4, blue, the others have a pattern. */
  function putPart(part: 'train' | 'test', change: (labels: Uint8Array) => void = () => undefined): void {
    const labels = Uint8Array.from(DIGITS[part].flatMap((count, digit) => new Array<number>(count).fill(digit || 10)));
    change(labels);
    const pixels = new Uint8Array(labels.length * 3072);
    const values = pattern(3072);
    for (let i = 0; i < labels.length; i++) if (i !== 2) pixels.set(values, i * 3072);
    pixels[2 * 3072 + 2 * 1024 + 4 * 32 + 1] = 77;
    writeMat(join(folder, `${part}_32x32.mat`), [
      ['X', [32, 32, 3, labels.length], pixels],
      ['y', [labels.length, 1], labels],
    ]);
  }

  it('reads the official files: digits are their own classes, pixels lie in rows', async () => {
    putPart('train');
    putPart('test');
    const { train, validation, test } = await svhn({ dir: folder, validation: 732, seed: 3 });
    expect([train.size, validation.size, test.size]).toEqual([72_525, 732, 26_032]);
    expect(countsOf(test)).toEqual(DIGITS.test);
    expect([test.name, test.classNames?.[0], test.label(0)]).toEqual(['SVHN test', '0', 0]);
    expect(test.image(2).indexOf(77)).toBe((1 * 32 + 4) * 3 + 2);
    expectAugmentedRight(train);
    expectAugmentedRight(test);
  });

  it('refuses a missing file, other counts, other labels, another shape, and an extra that is no boolean', async () => {
    await expect(svhn({ dir: folder, extra: 'no' as never })).rejects.toThrow(
      "[@st/data] svhn: extra must be true or false, got 'no'.",
    );
    await expect(svhn({ dir: folder })).rejects.toThrow(
      `cannot read ${join(folder, 'train_32x32.mat')}: it does not exist. Put the cropped digits`,
    );
    putPart('train', (labels) => labels.fill(1, 0, 1));
    await expect(svhn({ dir: folder })).rejects.toThrow('must hold 4948 images of class 0, got 4947.');
    putPart('train', (labels) => labels.fill(0, 5, 6));
    await expect(svhn({ dir: folder })).rejects.toThrow(
      'labels must be 1 .. 10 (10 for the digit 0), got 0 at index 5',
    );
    writeMat(join(folder, 'train_32x32.mat'), [
      ['X', [32, 32, 3, 2], new Uint8Array(6144)],
      [
        'y',
        [73257, 1],
        Uint8Array.from(DIGITS.train.flatMap((count, digit) => new Array<number>(count).fill(digit || 10))),
      ],
    ]);
    await expect(svhn({ dir: folder })).rejects.toThrow(
      'must hold X as bytes [32, 32, 3, 73257], got bytes [32, 32, 3, 2].',
    );
  });
});
