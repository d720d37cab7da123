import type { Readable } from 'node:stream';
import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';
import type { Entry, ZipFile } from 'yauzl';

import { loadDependency } from './load-dependency.ts';
import { MOST_HEAD_BYTES, type NpyHead, readNpyHead } from './npy.ts';
import { NPY_TYPES, type NpyValues, npyValues } from './npy-values.ts';

/** An array of a `.npz` file: its values in row-major order. */
export type NpzArray = Pick<NpyHead, 'dtype' | 'shape'> & { readonly values: NpyValues };

export type NpzRequest = {
  readonly file: string;
  /** The arrays to read; others are not unpacked. */
  readonly names: readonly string[];
  /** Size limit of all their values together. Default: 256 MiB, or four times the file if that is more. */
  readonly maxBytes: number | undefined;
};

/** The highest compression ratio of deflate: one byte unpacks to at most 1032. */
const LARGEST_GAIN = 1032;
const USUAL_BYTES = 2 ** 28;
/** Real images and integers do not compress better than this. */
const USUAL_GAIN = 4;
const NAMES_KEPT = 1000;

/**
 * Reads arrays from a `.npz` file, a zip of `.npy` files, by name. Memory is allocated only after checking that the array's type and shape, the size
 * stated by the zip, the size that its packed bytes can yield, and `maxBytes` agree.
 * @returns The arrays that are there, and the names of all.
 * @throws {DataFormatError} if the file cannot be read, is no zip or damaged, names one of the arrays twice, or one is too large or of
 * another type.
 */
export async function readNpz(
  where: Where,
  { file, names, maxBytes }: NpzRequest,
): Promise<{ readonly arrays: ReadonlyMap<string, NpzArray>; readonly found: readonly string[] }> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new DataFormatError(`${where}: ${what}`, { argument: 'file', received: file, cause });
  };
  const arrays = new Map<string, NpzArray>();
  const found: string[] = [];
  try {
    const status = await nodeModule('node:fs/promises').stat(file);
    if (!status.isFile()) refuse(`${file} must be a regular file.`);
    let left = maxBytes ?? Math.max(USUAL_BYTES, USUAL_GAIN * status.size);
    const zip = await loadDependency(where, 'yauzl').openPromise(file, { lazyEntries: true, autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        const name = entry.fileName.replace(/\.npy$/, '');
        if (found.length < NAMES_KEPT) found.push(name);
        if (!names.includes(name)) continue;
        if (arrays.has(name)) refuse(`${file} names the array '${name}' twice: which of them counts is unknown.`);
        const array = await readEntry(where, file, zip, entry, left);
        left -= array.values.byteLength;
        arrays.set(name, array);
      }
    } finally {
      zip.close();
    }
  } catch (cause) {
    if (cause instanceof DataFormatError) throw cause;
    return refuse(`${file} cannot be read as .npz: ${cause instanceof Error ? cause.message : String(cause)}.`, cause);
  }
  return { arrays, found };
}

async function readEntry(where: Where, file: string, zip: ZipFile, entry: Entry, maxBytes: number): Promise<NpzArray> {
  const source = `${entry.fileName.replace(/\.npy$/, '')} in ${file}`;
  const refuse = (what: string): never => {
    throw new DataFormatError(`${where}: ${source} ${what}`, { argument: 'file', received: file });
  };
  if (entry.uncompressedSize > entry.compressedSize * LARGEST_GAIN + 1024) {
    refuse(
      `claims ${entry.uncompressedSize} bytes of ${entry.compressedSize} packed ones, more than they can yield: it is damaged.`,
    );
  }
  const { crc32 } = nodeModule('node:zlib');
  const stream: Readable = await zip.openReadStreamPromise(entry);
  let checksum = 0;
  let head: NpyHead | null = null;
  let early = new Uint8Array(0);
  let values = new Uint8Array(0);
  let filled = 0;
  for await (const chunk of stream) {
    let rest: Uint8Array = chunk;
    checksum = crc32(rest, checksum);
    if (head === null) {
      early = joined(early, rest);
      head = readNpyHead(where, source, early);
      if (head === null && early.length > 2 * MOST_HEAD_BYTES) return refuse('has no head of a .npy array.');
      if (head === null) continue;
      values = new Uint8Array(bytesOf(head));
      rest = early.subarray(head.offset);
    }
    values.set(rest, filled);
    filled += rest.length;
  }
  if (head === null) return refuse('is truncated.');
  if (checksum !== entry.crc32) return refuse('is damaged: its bytes do not have the checksum that the zip states.');
  return { dtype: head.dtype, shape: head.shape, values: npyValues(head, values) };

  function bytesOf({ dtype, shape, offset }: NpyHead): number {
    if (!NPY_TYPES.includes(dtype)) return refuse(`must be of type ${NPY_TYPES.join(', ')}, got ${dtype}.`);
    const size = shape.reduce((product, length) => product * length, Number(dtype.slice(1)));
    if (size + offset !== entry.uncompressedSize) {
      return refuse(
        `must hold ${size} bytes for ${dtype} [${shape.join(', ')}], got ${entry.uncompressedSize - offset}.`,
      );
    }
    if (size <= maxBytes) return size;
    return refuse(
      `must take at most ${maxBytes} bytes, got ${size} for ${dtype} [${shape.join(', ')}]. Pass a larger limit if it is what you think it is: maxBytes: ${2 ** Math.ceil(Math.log2(size + USUAL_BYTES))}.`,
    );
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
