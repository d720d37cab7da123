import { decodeValues } from '@st/core';

import type { NpyHead } from './npy.ts';

/** The values of a `.npy` array in a typed array; float16 as float32. */
export type NpyValues =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

const DECODERS: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => NpyValues>> = {
  b1: (bytes) => bytes,
  u1: (bytes) => bytes,
  i1: ({ buffer }) => new Int8Array(buffer),
  u2: ({ buffer }) => new Uint16Array(buffer),
  i2: ({ buffer }) => new Int16Array(buffer),
  u4: ({ buffer }) => new Uint32Array(buffer),
  i4: ({ buffer }) => new Int32Array(buffer),
  u8: ({ buffer }) => new BigUint64Array(buffer),
  i8: ({ buffer }) => new BigInt64Array(buffer),
  f2: (bytes) => decodeValues('F16', bytes),
  f4: ({ buffer }) => new Float32Array(buffer),
  f8: ({ buffer }) => new Float64Array(buffer),
};

/** NumPy's type codes that are read. */
export const NPY_TYPES: readonly string[] = Object.keys(DECODERS);

/**
 * The values of an array, in row-major order.
 * @param bytes - Its values as they lie in the file, an array of their own; it is overwritten where the byte order is another.
 */
export function npyValues({ dtype, order, isFortran, shape }: NpyHead, bytes: Uint8Array<ArrayBuffer>): NpyValues {
  const width = Number(dtype.slice(1));
  if (order === 'big-endian' && width > 1) reverseEach(bytes, width);
  const rows = isFortran && shape.length > 1 ? rowMajor(bytes, shape, width) : bytes;
  const decode = DECODERS[dtype];
  return decode ? decode(rows) : rows;
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** Column-major values of `width` bytes each in row-major order. */
function rowMajor(bytes: Uint8Array, shape: readonly number[], width: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, width));
  const index = new Array<number>(shape.length).fill(0);
  for (let to = 0, from = 0; to < result.length; to += width) {
    for (let k = 0; k < width; k++) result[to + k] = bytes[from + k] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      index[axis] = next;
      if (next < (shape[axis] ?? 0)) break;
      index[axis] = 0;
      from -= next * (strides[axis] ?? 0);
    }
  }
  return result;
}
