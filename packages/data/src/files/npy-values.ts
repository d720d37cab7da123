import { decodeValues } from '@st/core/kit';

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
 * @param bytes - Its values as stored in the file, not shared; overwritten if the byte order must be reversed.
 */
export function npyValues({ dtype, order, isFortran, shape }: NpyHead, bytes: Uint8Array<ArrayBuffer>): NpyValues {
  const width = Number(dtype.slice(1));
  if (order === 'big-endian' && width > 1) reverseEach(bytes, width);
  const rows = isFortran && shape.length > 1 ? rowMajor(bytes, shape, width) : bytes;
  const decode = DECODERS[dtype];
  return decode ? decode(rows) : rows;
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) {
    for (let k = 0; k < width / 2; k++) {
      const [low, high] = [at + k, at + width - 1 - k];
      const kept = bytes[low] ?? 0;
      bytes[low] = bytes[high] ?? 0;
      bytes[high] = kept;
    }
  }
}

/** Column-major values of `width` bytes each in row-major order. */
function rowMajor(bytes: Uint8Array<ArrayBuffer>, shape: readonly number[], width: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  const wordBytes = Math.min(width, Uint32Array.BYTES_PER_ELEMENT);
  const wordsOf = ({ buffer }: Uint8Array<ArrayBuffer>): Words =>
    new (wordBytes === 1 ? Uint8Array : wordBytes === 2 ? Uint16Array : Uint32Array)(buffer);
  gather(wordsOf(bytes), wordsOf(result), shape, width / wordBytes);
  return result;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Number of first indices copied together, so that reads touch few cache lines and writes few pages. */
const BLOCK = 64;

/** Writes a column-major array of values of `words` each into `to` in row-major order. */
function gather(from: Words, to: Words, [rows = 1, ...rest]: readonly number[], words: number): void {
  const restSize = rest.reduce((product, size) => product * size, 1);
  const strides = rest.map((_, axis) => rest.slice(0, axis).reduce((product, size) => product * size, rows * words));
  for (let first = 0; first < rows; first += BLOCK) {
    const last = Math.min(rows, first + BLOCK);
    const index = new Array<number>(rest.length).fill(0);
    for (let place = 0, start = 0; place < restSize; place++) {
      for (let row = first; row < last; row++) {
        const at = (row * restSize + place) * words;
        for (let word = 0; word < words; word++) to[at + word] = from[start + row * words + word] ?? 0;
      }
      start += step(index, rest, strides);
    }
  }
}

/** Increments the index by one, the last axis first, and returns the change of the memory offset. */
function step(index: number[], shape: readonly number[], strides: readonly number[]): number {
  let moved = 0;
  for (let axis = index.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1;
    moved += strides[axis] ?? 0;
    index[axis] = next;
    if (next < (shape[axis] ?? 0)) break;
    index[axis] = 0;
    moved -= next * (strides[axis] ?? 0);
  }
  return moved;
}
