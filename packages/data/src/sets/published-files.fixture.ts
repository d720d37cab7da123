import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

import type { ImageDataset } from '../dataset/image-dataset.ts';

// The tests of the published sets write whole sets in the official formats: the published numbers of each class, made-up pixels.

/** A new temporary folder for each test of the calling file. */
export type TestFolder = {
  readonly path: string;
  /** Writes a file into it. */
  put(name: string, bytes: Uint8Array | string): void;
};

/** Makes the folder before each test and removes it after. */
export function folderPerTest(): TestFolder {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'st-sets-'));
  });
  afterEach(() => rmSync(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
    put: (name, bytes) => writeFileSync(join(path, name), bytes),
  };
}

/** Values without symmetry, so that a wrong crop or flip shows. */
export const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7919) % 251);

/** Images of each class. */
export function countsOf(set: ImageDataset): number[] {
  const counts = new Array<number>(set.classes).fill(0);
  for (let i = 0; i < set.size; i++) counts[set.label(i)] = (counts[set.label(i)] ?? 0) + 1;
  return counts;
}

/** An IDX file of bytes. */
export function idxFile(shape: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((length, i) => {
    view.setUint32(4 + 4 * i, length);
  });
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}

/** A tag of a MATLAB file, and the data, padded to 8 bytes. */
function element(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + Math.ceil(data.length / 8) * 8);
  new DataView(bytes.buffer).setUint32(0, type, true);
  new DataView(bytes.buffer).setUint32(4, data.length, true);
  bytes.set(data, 8);
  return bytes;
}

/** An array of bytes as MATLAB's version 5 files hold it, uncompressed. */
function byteArray(name: string, shape: readonly number[], values: Uint8Array): Uint8Array {
  const flags = Uint32Array.of(9, 0); // class uint8
  const parts = [
    element(6, new Uint8Array(flags.buffer)),
    element(5, new Uint8Array(Int32Array.from(shape).buffer)),
    element(1, new TextEncoder().encode(name)),
    element(2, values),
  ];
  return element(14, Buffer.concat(parts));
}

/** A MATLAB file of byte arrays. */
export function writeMat(path: string, arrays: readonly (readonly [string, readonly number[], Uint8Array])[]): void {
  const header = new Uint8Array(128).fill(0x20);
  header.set([0, 1, 0x49, 0x4d], 124);
  writeFileSync(
    path,
    Buffer.concat([header, ...arrays.map(([name, shape, values]) => byteArray(name, shape, values))]),
  );
}
