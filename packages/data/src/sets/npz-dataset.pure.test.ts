import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng, DataFormatError, InvalidArgumentError, readSafetensors } from '@st/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { npzDataset } from './npz-dataset.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const OPTIONS = { classes: 3, imageShape: [4, 5, 3] } as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-npz-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('npzDataset', () => {
  it.each(['images.npz', 'images-compressed.npz'])('reads %s, written by NumPy', async (name) => {
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
      'must hold labels in [0, 2), got 2 at index 2. Classes are counted from 0',
    ],
    ['a missing file', { file: fixture('none.npz'), ...OPTIONS }, 'none.npz cannot be read as .npz: ENOENT'],
    [
      'a file that is no zip',
      { file: fixture('make-arrays.py'), ...OPTIONS },
      'make-arrays.py cannot be read as .npz: ',
    ],
  ])('rejects %s', async (_title, options, message) => {
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
    ["'|u1'", "'|S1'", 'image in .* must be of type b1, u1, i1, u2, .*, f8, got S1'],
    ["'<i8'", "'<c8'", 'label in .* must be of type b1, .* got c8'],
    ['(3, 4, 5, 3)', '(9, 4, 5, 3)', 'must hold 540 bytes for u1 \\[9, 4, 5, 3\\], got 180'],
    ['(3,)', '(4,)', 'must hold 32 bytes for i8 \\[4\\], got 24'],
    ['label.npy', 'lapel.npy', "must hold the array 'label', found image, lapel"],
    ['NUMPY', 'LUMPY', 'is no .npy array'],
    ['\x05\x06\x07', '\x05\x06\x08', 'image in .* is damaged: its bytes do not have the checksum that the zip states'],
  ])('rejects %s changed to %s', async (from, to, message) => {
    await expect(npzDataset({ file: altered(from, to), ...OPTIONS })).rejects.toThrow(new RegExp(message));
  });

  /** `.npz` files of all usual forms (fixtures/make-npz.py). */
  const { tensors } = readSafetensors(readFileSync(fixture('npz.safetensors')));
  function put(form: string): string {
    const file = join(folder, 'x.npz');
    const { data } = tensors.get(form) ?? {};
    if (!(data instanceof Uint8Array)) throw new Error(`no ${form}`);
    writeFileSync(file, data);
    return file;
  }
  const formsLike = (pattern: RegExp): string[] => [...tensors.keys()].filter((form) => pattern.test(form));
  const INDICES = [0, 1, 2];

  it.each(formsLike(/^(images|column-major$|labels (?!of)|one-hot)/))('reads %s', async (form) => {
    const set = await npzDataset({ file: put(form), ...OPTIONS });
    expect(INDICES.map((i) => set.label(i))).toEqual([1, 0, 2]);
    expect(INDICES.flatMap((i) => Array.from(set.image(i)))).toEqual(Array.from({ length: 180 }, (_, i) => i));
    expectAugmentedRight(set);
  });

  it.each(formsLike(/^(floats [<>]|column-major >f4)/))('reads %s', async (form) => {
    const set = await npzDataset({ file: put(form), ...OPTIONS });
    const value = (i: number): number => (form.endsWith('f2') ? Math.floor(i / 45) / 4 : Math.fround(i / 255));
    expect(INDICES.flatMap((i) => Array.from(set.image(i)))).toEqual(Array.from({ length: 180 }, (_, i) => value(i)));
    expect(set.image(0)).toBeInstanceOf(Float32Array);
    expectAugmentedRight(set);
  });

  it.each(['grey', 'grey with a channel'])('reads %s', async (form) => {
    const set = await npzDataset({ file: put(form), classes: 3, imageShape: [4, 5, 1] });
    expect(INDICES.flatMap((i) => Array.from(set.image(i)))).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('reads the arrays named by keys', async () => {
    const file = put('x_train y_train');
    const train = await npzDataset({ file, keys: { image: 'x_train', label: 'y_train' }, ...OPTIONS });
    const test = await npzDataset({ file, keys: { image: 'x_test', label: 'y_test' }, ...OPTIONS });
    expect([train.size, test.size]).toEqual([3, 1]);
  });

  it.each<[string, string, object?]>([
    [
      'x_train y_train',
      "must hold the array 'image', found x_train, y_train, x_test, y_test. Name the two arrays: keys: { image: 'x_train', label: 'y_train' }.",
    ],
    ['arr_0 arr_1', "found arr_0, arr_1. Name the two arrays: keys: { image: 'arr_0', label: 'arr_1' }."],
    ['images u1', "must hold the array 'labels', found image, label.", { keys: { image: 'image', label: 'labels' } }],
    [
      'channels first',
      'got [3, 3, 4, 5]. Its channels come first: save np.transpose(image, (0, 2, 3, 1)), and pass imageShape: [4, 5, 3].',
    ],
    ['grey', 'must be [n, 4, 5, 3], got [3, 4, 5]. Pass imageShape: [4, 5, 1] for grey images.'],
    ['booleans', 'must hold numbers, got booleans. Save image.astype(np.uint8) * 255.'],
    ['above 255', 'must hold integers in 0 .. 255, got 256 at index 156.'],
    ['floats to 255', 'must hold floats in [0, 1], got 2 at index 2. Save image.astype(np.uint8) for 0 .. 255'],
    ['complex', 'must be of type b1, u1, i1, '],
    ['strings', 'must be of type b1, u1, i1, '],
    ['soft', 'must hold one-hot rows, got [0.3333333333333333, '],
    ['labels of halves', 'must hold labels in [0, 3), got 1.5 at index 0.'],
    ['no images', 'must be [n, 4, 5, 3], got [0, 4, 5, 3].'],
    ['images u1', 'must take at most 100 bytes, got 180 for u1 [3, 4, 5, 3]. Pass a larger limit', { maxBytes: 100 }],
    ['images u1', 'must take at most 10 bytes, got 24 for i8 [3].', { maxBytes: 190 }],
  ])('rejects %s: %s', async (form, message, more = {}) => {
    await expect(npzDataset({ file: put(form), ...OPTIONS, ...more })).rejects.toThrow(message);
  });

  it('rejects an array that occurs twice, under the same or another name', async () => {
    for (const [from, to] of [
      ['label.npy', 'image.npy'],
      ['image.npy', 'label.npy'],
    ] as const) {
      await expect(npzDataset({ file: altered(from, to), ...OPTIONS })).rejects.toThrow(
        /names the array '(image|label)' twice/,
      );
    }
    await expect(npzDataset({ file: altered('label.npy', 'image\0\0\0\0'), ...OPTIONS })).rejects.toBeInstanceOf(
      DataFormatError,
    );
  });

  it('rejects anything but a regular file', async () => {
    await expect(npzDataset({ file: '/dev/zero', ...OPTIONS })).rejects.toThrow('/dev/zero must be a regular file.');
    await expect(npzDataset({ file: folder, ...OPTIONS })).rejects.toThrow('must be a regular file.');
  });

  it('rejects a name that is no text, before it reads the file', async () => {
    await expect(npzDataset({ file: 'x', ...OPTIONS, name: 7 as never })).rejects.toThrow(
      '[@st/data] npzDataset: name must be a text, got 7.',
    );
  });

  it('rejects keys that are not two different names', async () => {
    for (const keys of [null, 'x', { image: 'x' }, { image: 'x', label: 'x' }]) {
      await expect(npzDataset({ file: 'x', ...OPTIONS, keys: keys as never })).rejects.toBeInstanceOf(
        InvalidArgumentError,
      );
    }
  });

  it('for a damaged file throws a DataFormatError or returns images and classes of the shape asked for', async () => {
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
