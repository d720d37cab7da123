import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng, DataFormatError } from '@st/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectAugmentedRight } from './augmented-reference.fixture.ts';
import { npzDataset } from './npz-dataset.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const OPTIONS = { classes: 3, imageShape: [4, 5, 3] } as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-npz-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('npzDataset', () => {
  it.each(['images.npz', 'images-compressed.npz'])('reads %s, as NumPy writes it', async (name) => {
    const set = await npzDataset({ file: fixture(name), name: 'generated', ...OPTIONS });
    expect([set.name, set.size, set.classes, set.imageShape]).toEqual(['generated', 3, 3, [4, 5, 3]]);
    expect([0, 1, 2].map((i) => set.label(i))).toEqual([1, 0, 2]);
    const all = [0, 1, 2].flatMap((i) => Array.from(set.image(i)));
    expect(all).toEqual(Array.from({ length: 180 }, (_, i) => i));
    expectAugmentedRight(set);
  });

  it.each<[string, Parameters<typeof npzDataset>[0], string]>([
    [
      'pickled labels',
      { file: fixture('images-objects.npz'), ...OPTIONS },
      'holds Python objects, that is a pickle, which is never loaded.',
    ],
    [
      'another image shape',
      { file: fixture('images.npz'), classes: 3 },
      'must be [n, 32, 32, 3], got [3, 4, 5, 3]. Pass imageShape',
    ],
    [
      'labels outside the classes',
      { file: fixture('images.npz'), ...OPTIONS, classes: 2 },
      'labels must be in [0, 2), got 2 at index 2 of ',
    ],
    ['a missing file', { file: fixture('none.npz'), ...OPTIONS }, 'none.npz cannot be read as .npz: ENOENT'],
    [
      'a file that is no zip',
      { file: fixture('make-arrays.py'), ...OPTIONS },
      'make-arrays.py cannot be read as .npz: ',
    ],
  ])('refuses %s', async (_title, options, message) => {
    await expect(npzDataset(options)).rejects.toThrow(message);
    await expect(npzDataset(options)).rejects.toBeInstanceOf(DataFormatError);
  });

  /** The stored file with some text replaced by text of the same length. */
  function altered(from: string, to: string): string {
    const text = readFileSync(fixture('images.npz')).toString('latin1').replaceAll(from, to);
    const file = join(folder, 'altered.npz');
    writeFileSync(file, Buffer.from(text, 'latin1'));
    return file;
  }

  it.each([
    ["'|u1'", "'|i1'", 'image in .* must be of type u1, got i1'],
    ["'<i8'", "'<f8'", 'label in .* must be of type u1, i1, u2, i2, u4, i4, i8, u8, got f8'],
    ["'<i8'", "'>i8'", 'label in .* must be little-endian, got >i8'],
    ["'fortran_order': False, ", "'fortran_order': True,  ", 'must be in row-major order, got column-major'],
    ['(3, 4, 5, 3)', '(9, 4, 5, 3)', 'must hold 540 bytes for u1 \\[9, 4, 5, 3\\], got 180'],
    ['(3,)', '(4,)', 'must hold 32 bytes for i8 \\[4\\], got 24'],
    ['label.npy', 'lapel.npy', "must hold the array 'label', found image, lapel"],
    ['NUMPY', 'LUMPY', 'is no .npy array'],
    ['\x05\x06\x07', '\x05\x06\x08', 'image in .* is damaged: its bytes do not have the checksum that the zip states'],
  ])('refuses %s turned into %s', async (from, to, message) => {
    await expect(npzDataset({ file: altered(from, to), ...OPTIONS })).rejects.toThrow(new RegExp(message));
  });

  it('answers any damage with a DataFormatError, or with images and classes of the shape asked for', async () => {
    const rng = createRng(2);
    const file = join(folder, 'damaged.npz');
    for (let i = 0; i < 300; i++) {
      const whole = readFileSync(fixture(i % 2 ? 'images.npz' : 'images-compressed.npz'));
      const damaged = Uint8Array.from(whole.subarray(0, i % 3 ? whole.length : rng.integer(whole.length)));
      for (let k = 0; k < 3; k++) if (damaged.length > 0) damaged[rng.integer(damaged.length)] = rng.integer(256);
      writeFileSync(file, damaged);
      const result: unknown = await npzDataset({ file, ...OPTIONS }).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(DataFormatError);
      else expect(result).toMatchObject({ classes: 3, imageShape: [4, 5, 3] });
    }
  });
});
