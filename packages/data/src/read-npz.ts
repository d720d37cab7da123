import type { Readable } from 'node:stream';
import { DataFormatError, type Where } from '@st/core';
import type { Entry, ZipFile } from 'yauzl';

import { type NpyHead, readNpyHead } from './npy.ts';

/** An array of a `.npz` file: its values in row-major order, little-endian. */
export type NpzArray = Pick<NpyHead, 'dtype' | 'shape'> & { readonly bytes: Uint8Array };

/** What compression can gain at best: zlib's deflate makes 1032 bytes of one. */
const LARGEST_GAIN = 1032;

/**
 * Reads arrays from a `.npz` file, a zip of `.npy` files, by name; others are not unpacked. Memory is taken only once an array's type and
 * shape, the size that the zip states and what its packed bytes can yield agree.
 * @param wanted - The arrays, each with the NumPy types it may have.
 * @throws {DataFormatError} if the file cannot be read, is no zip or damaged, lacks an array, or one is of another type.
 */
export async function readNpz<K extends string>(
  where: Where,
  file: string,
  wanted: Readonly<Record<K, readonly string[]>>,
): Promise<{ readonly [name in K]?: NpzArray }> {
  const { openPromise } = await import('yauzl');
  const refuse = (what: string, cause?: unknown): never => {
    throw new DataFormatError(`${where}: ${what}`, { argument: 'file', received: file, cause });
  };
  const wrapped = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      if (cause instanceof DataFormatError) throw cause;
      return refuse(
        `${file} cannot be read as .npz: ${cause instanceof Error ? cause.message : String(cause)}.`,
        cause,
      );
    }
  };
  const zip = await wrapped(openPromise(file, { lazyEntries: true, autoClose: false }));
  try {
    const arrays: { [name in K]?: NpzArray } = {};
    const names: string[] = [];
    await wrapped(
      (async () => {
        for await (const entry of zip.eachEntry()) {
          const name = entry.fileName.replace(/\.npy$/, '');
          names.push(name);
          if (isWanted(name)) arrays[name] = await readEntry(where, file, zip, entry, wanted[name]);
        }
      })(),
    );
    const missing = Object.keys(wanted).find((name) => !names.includes(name));
    if (missing !== undefined) {
      refuse(
        `${file} must hold the array '${missing}', found ${names.join(', ') || 'none'}. The published files hold image and label.`,
      );
    }
    return arrays;
  } finally {
    zip.close();
  }

  function isWanted(name: string): name is K {
    return Object.hasOwn(wanted, name);
  }
}

async function readEntry(
  where: Where,
  file: string,
  zip: ZipFile,
  entry: Entry,
  types: readonly string[],
): Promise<NpzArray> {
  const source = `${entry.fileName.replace(/\.npy$/, '')} in ${file}`;
  const refuse = (what: string): never => {
    throw new DataFormatError(`${where}: ${source} ${what}`, { argument: 'file', received: file });
  };
  if (entry.uncompressedSize > entry.compressedSize * LARGEST_GAIN + 1024) {
    refuse(
      `claims ${entry.uncompressedSize} bytes of ${entry.compressedSize} packed ones, more than they can yield: it is damaged.`,
    );
  }
  const { crc32 } = await import('node:zlib');
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
      early = Buffer.concat([early, rest]);
      head = readNpyHead(where, source, early);
      if (head === null) continue;
      values = new Uint8Array(bytesOf(head));
      rest = early.subarray(head.offset);
    }
    values.set(rest, filled);
    filled += rest.length;
  }
  if (head === null) return refuse('is truncated.');
  if (checksum !== entry.crc32) return refuse('is damaged: its bytes do not have the checksum that the zip states.');
  return { dtype: head.dtype, shape: head.shape, bytes: values };

  function bytesOf({ dtype, shape, offset }: NpyHead): number {
    if (!types.includes(dtype)) return refuse(`must be of type ${types.join(', ')}, got ${dtype}.`);
    const size = shape.reduce((product, length) => product * length, Number(dtype.slice(1)));
    if (size + offset === entry.uncompressedSize) return size;
    return refuse(
      `must hold ${size} bytes for ${dtype} [${shape.join(', ')}], got ${entry.uncompressedSize - offset}.`,
    );
  }
}
