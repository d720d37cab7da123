import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';

import { readDataFile } from './read-data-file.ts';

/** The type of unsigned bytes, in the third byte of an IDX file. */
const UNSIGNED_BYTE = 0x08;
/** The most bytes that gzip adds to data that it cannot compress. */
const GZIP_OVERHEAD = 65_536;

/** An IDX file of a published set. */
export type IdxFile = {
  readonly folder: string;
  /** The published name. Names with a dot in place of the hyphen before `idx`, as in some copies, and with `.gz` are found, too. */
  readonly name: string;
  readonly shape: readonly number[];
  /** How to get the file, added to messages. */
  readonly mend: string;
};

/**
 * Reads an IDX file of unsigned bytes, packed by gzip or not: two zero bytes, the type, the number of dimensions, each dimension as a
 * big-endian 32-bit number, then the values. Reads and unpacks at most the size given by `shape`.
 * @throws {DataFormatError} if it is missing, of another type or shape, truncated, or does not unpack.
 * @see http://yann.lecun.com/exdb/mnist/, "The IDX file format"
 */
export async function readIdx(where: Where, { folder, name, shape, mend }: IdxFile): Promise<Uint8Array> {
  const headerBytes = 4 + 4 * shape.length;
  const wanted = headerBytes + shape.reduce((product, length) => product * length, 1);
  const { bytes, file } = await readAny(where, { folder, name, maxBytes: wanted, mend });
  const fail = (what: string): never => {
    throw new DataFormatError(`${where}: ${file} in ${folder} ${what}. ${mend}`, { argument: 'dir', received: file });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint16(0) !== 0) return fail('is no IDX file');
  if (bytes[2] !== UNSIGNED_BYTE) {
    return fail(`must hold unsigned bytes (type 0x08), got type 0x${(bytes[2] ?? 0).toString(16).padStart(2, '0')}`);
  }
  const dimensions = Math.min(bytes[3] ?? 0, shape.length);
  const found = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (bytes[3] !== shape.length || found.join() !== shape.join()) {
    return fail(
      `must have the shape [${shape.join(', ')}], got ${bytes[3]} dimensions that start [${found.join(', ')}]`,
    );
  }
  if (bytes.length !== wanted) return fail(`must be ${wanted} bytes unpacked, got ${bytes.length}: it is truncated`);
  return bytes.subarray(headerBytes);
}

type Sought = { readonly folder: string; readonly name: string; readonly maxBytes: number; readonly mend: string };

async function readAny(where: Where, sought: Sought): Promise<{ bytes: Uint8Array; file: string }> {
  const { folder, name, maxBytes, mend } = sought;
  const { existsSync } = nodeModule('node:fs');
  const { join } = nodeModule('node:path');
  const dotted = name.replace('-idx', '.idx');
  const names = [name, `${name}.gz`, dotted, `${dotted}.gz`];
  const file = names.find((candidate) => existsSync(join(folder, candidate))) ?? name;
  if (!file.endsWith('.gz')) return { bytes: await readDataFile(where, { folder, name: file, maxBytes, mend }), file };
  const packed = await readDataFile(where, { folder, name: file, maxBytes: maxBytes + GZIP_OVERHEAD, mend });
  try {
    const { buffer, byteOffset, length } = nodeModule('node:zlib').gunzipSync(packed, { maxOutputLength: maxBytes });
    return { bytes: new Uint8Array(buffer, byteOffset, length), file };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(
      `${where}: ${file} in ${folder} must unpack to ${maxBytes} bytes, but does not: ${reason}. It is damaged or of another set. ${mend}`,
      { argument: 'dir', received: file, cause },
    );
  }
}
