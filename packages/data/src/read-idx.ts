import { DataFormatError, type Where } from '@st/core';

import { readDataFile } from './read-data-file.ts';

/** The type of unsigned bytes, in the third byte of an IDX file. */
const UNSIGNED_BYTE = 0x08;

/**
 * Reads an IDX file of unsigned bytes, `name` or `name.gz` in `folder`: two zero bytes, the type, the number of dimensions, each dimension
 * as a big-endian 32-bit number, then the values. A compressed one is never unpacked beyond the size that `shape` has.
 * @throws {DataFormatError} if it is missing, of another type or shape, truncated, or does not unpack.
 * @see http://yann.lecun.com/exdb/mnist/, "The IDX file format"
 */
export async function readIdx(
  where: Where,
  folder: string,
  name: string,
  shape: readonly number[],
  mend: string,
): Promise<Uint8Array> {
  const headerBytes = 4 + 4 * shape.length;
  const wanted = headerBytes + shape.reduce((product, length) => product * length, 1);
  const { bytes, file } = await readEither(where, folder, name, wanted, mend);
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

async function readEither(
  where: Where,
  folder: string,
  name: string,
  limit: number,
  mend: string,
): Promise<{ bytes: Uint8Array; file: string }> {
  const [{ existsSync }, { join }, { gunzipSync }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
    import('node:zlib'),
  ]);
  const packed = `${name}.gz`;
  const isPacked = !existsSync(join(folder, name)) && existsSync(join(folder, packed));
  const file = isPacked ? packed : name;
  const bytes = await readDataFile(where, folder, file, mend);
  if (!isPacked) return { bytes, file };
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: limit }), file };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(
      `${where}: ${packed} in ${folder} must unpack to ${limit} bytes, but does not: ${reason}. It is damaged or of another set. ${mend}`,
      { argument: 'dir', received: packed, cause },
    );
  }
}
