import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataFormatError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { fashionMnist } from './fashion-mnist.ts';
import { countsOf, folderPerTest, idxFile, pattern } from './published-files.fixture.ts';

const folder = folderPerTest();

describe('fashionMnist', () => {
  function putSet(prefix: string, images: number, pack: boolean): void {
    const pixels = pattern(images * 784);
    pixels.set([1, 2, 3], 784 * 3);
    const labels = Uint8Array.from({ length: images }, (_, i) => i % 10);
    const [image, label] = [idxFile([images, 28, 28], pixels), idxFile([images], labels)];
    folder.put(`${prefix}-images-idx3-ubyte${pack ? '.gz' : ''}`, pack ? gzipSync(image, { level: 1 }) : image);
    folder.put(`${prefix}-labels-idx1-ubyte${pack ? '.gz' : ''}`, pack ? gzipSync(label) : label);
  }

  it('reads the official files, compressed or not', async () => {
    putSet('train', 60_000, true);
    putSet('t10k', 10_000, false);
    const { train, validation, test } = await fashionMnist({ dir: folder.path, validation: 100 });
    expect([train.size, validation.size, test.size]).toEqual([59_900, 100, 10_000]);
    expect([test.name, test.imageShape, test.classNames?.[9]]).toEqual([
      'Fashion-MNIST test',
      [28, 28, 1],
      'ankle boot',
    ]);
    expect(Array.from(test.image(3).slice(0, 4))).toEqual([1, 2, 3, pattern(3 * 784 + 4)[3 * 784 + 3]]);
    expect(countsOf(test)).toEqual(new Array(10).fill(1000));
    expectAugmentedRight(train); // compressed
    expectAugmentedRight(test); // not compressed
  });

  it('is padded to 32 x 32 with padding 2, and found in the folders of torchvision, also under names with a dot', async () => {
    const raw = join(folder.path, 'FashionMNIST', 'raw');
    mkdirSync(raw, { recursive: true });
    putSet('train', 60_000, false);
    putSet('t10k', 10_000, false);
    const whole = (await fashionMnist({ dir: folder.path, validation: 0 })).test;
    for (const name of readdirSync(folder.path).filter((file) => file.includes('-idx'))) {
      renameSync(join(folder.path, name), join(raw, name.replace('-idx', '.idx')));
    }
    for (const dir of [folder.path, join(folder.path, 'FashionMNIST'), raw]) {
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
    await expect(fashionMnist({ dir: folder.path, padding: 99 })).rejects.toThrow(
      'padding must be an integer in [0, 98], got 99.',
    );
  });

  it('rejects files that are missing, of another type or shape, truncated, damaged, or too long unpacked', async () => {
    const refused = async (message: string): Promise<void> => {
      await expect(fashionMnist({ dir: folder.path })).rejects.toThrow(message);
      await expect(fashionMnist({ dir: folder.path })).rejects.toBeInstanceOf(DataFormatError);
    };
    await refused(
      'train-images-idx3-ubyte: it does not exist. Put the four files of https://github.com/zalandoresearch/fashion-mnist there.',
    );
    const name = 'train-images-idx3-ubyte';
    folder.put(name, 'no');
    await refused(`${name} in ${folder.path} is no IDX file.`);
    folder.put(name, Uint8Array.of(0, 0, 0x0d, 3, ...new Uint8Array(12)));
    await refused('must hold unsigned bytes (type 0x08), got type 0x0d.');
    folder.put(name, idxFile([10, 28, 28], new Uint8Array(7840)));
    await refused('must have the shape [60000, 28, 28], got 3 dimensions that start [10, 28, 28].');
    folder.put(name, idxFile([60_000, 28, 28], new Uint8Array(100)));
    await refused('must be 47040016 bytes unpacked, got 116: it is truncated.');
    rmSync(join(folder.path, name));
    folder.put(`${name}.gz`, gzipSync(new Uint8Array(47_040_017), { level: 1 }));
    await refused(`${name}.gz in ${folder.path} must unpack to 47040016 bytes, but does not: `);
    folder.put(
      `${name}.gz`,
      gzipSync(idxFile([60_000, 28, 28], new Uint8Array(47_040_000)), { level: 1 }).subarray(0, 1000),
    );
    await refused('must unpack to 47040016 bytes, but does not: unexpected end of file.');
  });
});
