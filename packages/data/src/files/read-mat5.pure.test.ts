import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { createRng, DataFormatError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { readMat5 } from './read-mat5.ts';

const file = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)));
const WANTED = { X: 48, y: 4 };

describe.each(['arrays.mat', 'arrays-compressed.mat'])('readMat5 of %s, written by SciPy', (name) => {
  it('reads arrays by name, with the first index varying fastest', () => {
    const arrays = readMat5(file(name), name, { ...WANTED, d: 16 });
    expect(arrays.get('X')?.shape).toEqual([2, 3, 2, 4]);
    const data = arrays.get('X')?.data ?? [];
    const at = (i: number, j: number, k: number, n: number): number | undefined => data[i + 2 * (j + 3 * (k + 2 * n))];
    expect([at(0, 0, 0, 0), at(1, 0, 0, 0), at(0, 2, 1, 3), at(1, 2, 1, 3)]).toEqual([0, 24, 23, 47]);
    expect([arrays.get('y')?.shape, Array.from(arrays.get('y')?.data ?? [])]).toEqual([
      [4, 1],
      [10, 1, 2, 3],
    ]);
    expect(arrays.get('d')).toMatchObject({ shape: [1, 2], data: Float64Array.of(0.5, -2) });
  });

  it('rejects a missing array and an array of complex numbers', () => {
    expect(() => readMat5(file(name), name, { W: 1 })).toThrow(
      `${name} must hold the array 'W', found none of those wanted.`,
    );
    expect(() => readMat5(file(name), name, { z: 16 })).toThrow(`must hold 'z' as a full array of real numbers.`);
  });

  it('for a damaged file throws a DataFormatError or returns an array of the size of its shape', () => {
    const whole = file(name);
    const rng = createRng(1);
    for (let i = 0; i < 400; i++) {
      const damaged = Uint8Array.from(whole.subarray(0, i % 2 ? whole.length : rng.integer(whole.length)));
      for (let k = 0; k < 3; k++) if (damaged.length > 0) damaged[rng.integer(damaged.length)] = rng.integer(256);
      try {
        for (const { shape, data } of readMat5(damaged, name, WANTED).values()) {
          expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(DataFormatError);
      }
    }
  });
});

describe('readMat5', () => {
  it('rejects other files, and says how to save them', () => {
    expect(() => readMat5(new Uint8Array(200), 'a.mat', WANTED)).toThrow(
      '[@st/data] readMat5: a.mat is no little-endian MATLAB file of version 5 to 7.2 (version 7.3 is HDF5: save it with -v7).',
    );
  });

  it('unpacks at most the size limit of the arrays', () => {
    const bomb = deflateSync(new Uint8Array(50_000_000));
    const bytes = new Uint8Array(136 + bomb.length);
    bytes.set(file('arrays.mat').subarray(0, 128));
    new DataView(bytes.buffer).setUint32(128, 15, true);
    new DataView(bytes.buffer).setUint32(132, bomb.length, true);
    bytes.set(bomb, 136);
    expect(() => readMat5(bytes, 'bomb.mat', WANTED)).toThrow('does not unpack to at most 4144 bytes');
  });

  it('unpacks at most the size limit of the arrays in total, for any number of arrays not asked for', () => {
    const unwanted = deflateSync(new Uint8Array(4000));
    const one = new Uint8Array(8 + unwanted.length);
    new DataView(one.buffer).setUint32(0, 15, true);
    new DataView(one.buffer).setUint32(4, unwanted.length, true);
    one.set(unwanted, 8);
    const start = file('arrays.mat').subarray(0, 128);
    const bytes = new Uint8Array(Buffer.concat([start, ...new Array<Uint8Array>(100).fill(one)]));
    expect(() => readMat5(bytes, 'many.mat', WANTED)).toThrow(DataFormatError);
  });

  it('rejects an array that exceeds its limit or occurs twice', () => {
    const whole = file('arrays.mat');
    expect(() => readMat5(whole, 'a.mat', { X: 47 })).toThrow(
      "must hold array 'X' of at most 47 bytes, got 48 for [2, 3, 2, 4].",
    );
    const twice = new Uint8Array(Buffer.concat([whole, whole.subarray(128)]));
    expect(() => readMat5(twice, 'a.mat', { X: 48, W: 4 })).toThrow("holds the array 'X' twice");
  });
});
