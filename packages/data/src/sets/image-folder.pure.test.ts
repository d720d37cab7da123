import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFormatError, ShapeError } from '@st/core';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { holdOut } from '../views/hold-out.ts';
import { imageFolder } from './image-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, bytes: Uint8Array): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}

const png = (data: number[], channels: number, [height, width] = [1, 2]): Uint8Array =>
  encode({ width: width ?? 0, height: height ?? 0, channels: channels as 1, depth: 8, data: Uint8Array.from(data) });

describe('imageFolder', () => {
  it('reads one folder a class, in alphabetical order, and ignores other files', async () => {
    put('dog/b.png', png([1, 2, 3, 4, 5, 6], 3));
    put('dog/a.PNG', png([7, 8, 9, 10, 11, 12], 3));
    put('cat/grey.png', png([50, 60], 1));
    put('cat/notes.txt', Uint8Array.of(1));
    put('readme.md', Uint8Array.of(1));
    const set = await imageFolder({ dir: folder, name: 'pets' });
    expect([set.name, set.size, set.imageShape, set.classNames]).toEqual(['pets', 3, [1, 2, 3], ['cat', 'dog']]);
    expect([0, 1, 2].map((i) => [set.label(i), ...set.image(i)])).toEqual([
      [0, 50, 50, 50, 60, 60, 60],
      [1, 7, 8, 9, 10, 11, 12],
      [1, 1, 2, 3, 4, 5, 6],
    ]);
    expectAugmentedRight(set);
  });

  it('reads JPEG, alpha and 16 bits, and gray with channels: 1', async () => {
    const data = Buffer.alloc(8 * 8 * 3, 120);
    put(
      'a/one.jpeg',
      await sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
    put('b/two.png', encode({ width: 8, height: 8, channels: 1, depth: 16, data: new Uint16Array(64).fill(0x7fff) }));
    put('b/three.png', png(new Array(64).fill([9, 9, 9, 255]).flat(), 4, [8, 8]));
    const set = await imageFolder({ dir: folder, channels: 1 });
    expect(set.imageShape).toEqual([8, 8, 1]);
    expect(Math.abs((set.image(0)[5] ?? 0) - 120)).toBeLessThanOrEqual(2);
    expect([set.image(1)[0], set.image(2)[0]]).toEqual([9, 0x7f]);
  });

  it('scales by area: means when shrinking, repeated pixels when enlarging', async () => {
    put('a/four.png', png([0, 100, 200, 40, 10, 20, 30, 44], 1, [2, 4]));
    put('b/one.png', png([77], 1, [1, 1]));
    const set = await imageFolder({ dir: folder, channels: 1, size: [1, 2] });
    expect([Array.from(set.image(0)), Array.from(set.image(1))]).toEqual([
      [33, 79], // (0 + 100 + 10 + 20) / 4 = 32.5, (200 + 40 + 30 + 44) / 4 = 78.5
      [77, 77],
    ]);
    const thirds = await imageFolder({ dir: folder, channels: 1, size: [2, 3] });
    expect(Array.from(thirds.image(0).slice(0, 3))).toEqual([25, 150, 80]); // 4 / 3 source pixels each
  });

  it('rejects an empty folder, one class, a class without images, images of two sizes and a name that is no text', async () => {
    const refused = (message: string) => expect(imageFolder({ dir: folder })).rejects.toThrow(message);
    await refused(
      `[@st/data] imageFolder: ${folder} must hold at least two folders, one a class, got 0. Put one folder a class there`,
    );
    put('a/x.png', png([1, 2], 1));
    await refused('got 1.');
    mkdirSync(join(folder, 'b'));
    await refused(`${join(folder, 'b')} holds no images.`);
    put('b/y.png', png([1, 2, 3], 1, [1, 3]));
    await refused(
      `got ${join(folder, 'b', 'y.png')} of 1 x 3 after 1 x 2. Pass size: [1, 2] to scale them (--image-size of the commands).`,
    );
    await expect(imageFolder({ dir: folder, name: 7 as never })).rejects.toThrow('name must be a text, got 7.');
    await expect(imageFolder({ dir: join(folder, 'none') })).rejects.toThrow('cannot be listed: ENOENT');
  });

  it('rejects damaged files, other formats, and colors with channels: 1', async () => {
    put('a/x.png', png([1, 2], 1));
    const refused = async (
      bytes: Uint8Array,
      message: string,
      error: typeof DataFormatError | typeof ShapeError,
      channels: 1 | 3 = 3,
    ) => {
      put('b/y.png', bytes);
      await expect(imageFolder({ dir: folder, channels })).rejects.toThrow(message);
      await expect(imageFolder({ dir: folder, channels })).rejects.toBeInstanceOf(error);
    };
    await refused(png([1, 2], 1).subarray(0, 40), 'y.png cannot be decoded: ', DataFormatError);
    await refused(Uint8Array.of(0xff, 0xd8, 0xff, 1, 2, 3), 'y.png cannot be decoded: ', DataFormatError);
    await refused(
      Uint8Array.of(0x47, 0x49, 0x46),
      'is none of these by its first bytes. Convert it to PNG',
      DataFormatError,
    );
    const huge = Uint8Array.from(png([1, 2], 1));
    new DataView(huge.buffer).setUint32(16, 1_000_000);
    new DataView(huge.buffer).setUint32(20, 1_000_000);
    await refused(huge, 'y.png must be an image of at most 100 megapixels, got 1000000 x 1000000.', DataFormatError);
    await refused(Buffer.from('BM1234'), 'y.png must be a PNG, JPEG, WebP or GIF file, is a BMP file', DataFormatError);
    await refused(png([1, 2, 3, 4, 5, 6], 3), 'must be grey for channels: 1, got colours.', ShapeError, 1);
  });
});

describe('imageFolder', () => {
  it('drops transparency and keeps the colors below it, follows links, and reads WebP and GIF', async () => {
    put('a/clear.png', png([1, 2, 3, 0, 4, 5, 6, 128], 4));
    const raw = { raw: { width: 2, height: 1, channels: 3 } } as const;
    put(
      'a/x.webp',
      await sharp(Uint8Array.of(9, 8, 7, 6, 5, 4), raw)
        .webp({ lossless: true })
        .toBuffer(),
    );
    put('elsewhere.gif', await sharp(Buffer.alloc(6, 255), raw).gif().toBuffer());
    mkdirSync(join(folder, '.hidden'));
    mkdirSync(join(folder, 'b'));
    symlinkSync(join(folder, 'elsewhere.gif'), join(folder, 'b', 'link.gif'));
    const set = await imageFolder({ dir: folder });
    expect([0, 1, 2].map((i) => [set.label(i), ...set.image(i)])).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [0, 9, 8, 7, 6, 5, 4],
      [1, 255, 255, 255, 255, 255, 255],
    ]);
  });

  it.each(['bmp', 'TIFF', 'heic', 'svg'])(
    'rejects a folder that holds a .%s file, rather than ignore it',
    async (extension) => {
      put('a/x.png', png([1, 2], 1));
      put(`b/y.${extension}`, png([1, 2], 1));
      put('b/z.png', png([1, 2], 1));
      await expect(imageFolder({ dir: folder })).rejects.toThrow(
        `y.${extension} is of a format that is not read: convert it to PNG, which keeps every value, or take it out.`,
      );
    },
  );

  it.each([[[8]], [[8, 0]], [[8, 8.5]], [['8', 8]], [8], [[1e9, 1]]])('rejects size %j', async (size) => {
    await expect(imageFolder({ dir: folder, size: size as never })).rejects.toThrow(
      '[@st/data] imageFolder: size must be [height, width], two integers in [1, 16384], got ',
    );
  });
});

describe('holdOut', () => {
  it('splits a set by class and seed, and names both', async () => {
    for (let i = 0; i < 6; i++) for (const name of ['a', 'b']) put(`${name}/${i}.png`, png([i, i], 1));
    const set = await imageFolder({ dir: folder, name: 'mine', channels: 1 });
    const { rest, held } = holdOut(set, { validation: 4, seed: 1 });
    expect([rest.name, rest.size, held.name, held.size]).toEqual(['mine', 8, 'mine, held out', 4]);
    expect([0, 1, 2, 3].map((i) => held.label(i))).toEqual([0, 0, 1, 1]);
    expect(() => holdOut(set, { validation: 11 })).toThrow(
      '[@st/data] holdOut: validation must be an integer in [0, 10], got 11.',
    );
  });
});
