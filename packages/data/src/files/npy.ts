import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

/** The header of a `.npy` file. */
export type NpyHead = {
  /** NumPy's type code without the byte order: u1, i8, f4, ... */
  readonly dtype: string;
  readonly order: 'little-endian' | 'big-endian';
  /** Column-major: the first index varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Byte offset of the values. */
  readonly offset: number;
};

const MAGIC: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Bytes that any head needs: magic, version, and a length of four bytes. */
const PREFIX_BYTES = 12;
/** Size limit of the head of a plain array. NumPy pads its heads to 64 or 128 bytes. */
export const MOST_HEAD_BYTES = 65_536;

/**
 * Reads the head of a `.npy` file. Plain numbers only: object arrays hold pickles, which are never loaded.
 * @param bytes - The beginning of the file. Returns `null` if it is too short for the head.
 * @param source - Shown in errors.
 * @throws {DataFormatError} if it is no `.npy` file, or of an array type that is not read.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyHead(where: Where, source: string, bytes: Uint8Array): NpyHead | null {
  const fail = (what: string): never => {
    throw new DataFormatError(`${where}: ${source} ${what}`, { argument: 'file', received: source });
  };
  if (MAGIC.some((byte, i) => i < bytes.length && bytes[i] !== byte)) fail('is no .npy array.');
  if (bytes.length < PREFIX_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) fail(`must be of version 1 to 3 of the .npy format, got ${version}.`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MOST_HEAD_BYTES) fail(`has a head of ${length} bytes, more than any plain array needs.`);
  if (bytes.length < start + length) return null;
  const head = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const descr = /'descr': *'([<>|=]?)([a-zA-Z]\d*)'/.exec(head);
  const fortran = /'fortran_order': *(True|False)/.exec(head);
  const shape = /'shape': *\(([\d, ]*)\)/.exec(head);
  if (!descr || !fortran || !shape) return fail(`must describe one plain array, got ${head.trim().slice(0, 80)}.`);
  const [, order, dtype = ''] = descr;
  if (dtype.startsWith('O')) fail('holds Python objects, that is a pickle, which is never loaded. Save plain numbers.');
  const sizes = (shape[1] ?? '').split(',').map((part) => part.trim());
  const lengths = sizes.filter((part) => part !== '').map(Number);
  if (!Number.isSafeInteger(lengths.reduce((product, size) => product * size, 8)))
    fail(`must have a shape that memory can hold, got [${lengths.join(', ')}].`);
  return {
    dtype,
    order: order === '>' ? 'big-endian' : 'little-endian',
    isFortran: fortran[1] === 'True',
    shape: lengths,
    offset: start + length,
  };
}
