import { DataFormatError } from '@st/core';
import { nodeModule } from '@st/core/node';

/** A real numeric array of a MATLAB file. */
export type MatArray = {
  readonly shape: readonly number[];
  /** Column-major: the first index varies fastest. */
  readonly data: Uint8Array | Float64Array;
};

const HEADER_BYTES = 128;
const LITTLE_ENDIAN = 0x4d49; // the bytes 'IM'
const TYPES = {
  int8: 1,
  uint8: 2,
  int16: 3,
  uint16: 4,
  int32: 5,
  uint32: 6,
  double: 9,
  matrix: 14,
  compressed: 15,
} as const;
/** Arrays of cells, structs, objects, text and sparse matrices have the classes 1 to 5. */
const FIRST_NUMERIC_CLASS = 6;
const COMPLEX_FLAG = 0x0800;
/** The highest compression ratio of deflate: one byte unpacks to at most 1032. */
const LARGEST_GAIN = 1032;
/** The most bytes of an array besides its values. */
const HEADERS = 4096;

type Element = { readonly type: number; readonly data: Uint8Array; readonly next: number };

/**
 * Reads real numeric arrays from a MATLAB file of version 5 to 7.2, compressed or not, by name. Arrays of bytes stay bytes, other
 * numbers become doubles.
 * @param name - Shown in errors.
 * @param wanted - The arrays to read, each with its size limit in bytes, which bounds what is unpacked.
 * @throws {DataFormatError} if the file is no such file, is truncated or damaged, lacks an array, or one is too large or not of real numbers.
 * @see MathWorks, "MAT-File Format", chapter 1, "MAT-File Level 5 File Format"
 */
export function readMat5(
  bytes: Uint8Array,
  name: string,
  wanted: Readonly<Record<string, number>>,
): ReadonlyMap<string, MatArray> {
  const { inflateSync } = nodeModule('node:zlib');
  const fail = (what: string, cause?: unknown): never => {
    throw new DataFormatError(`[@st/data] readMat5: ${name} ${what}`, { argument: 'file', received: name, cause });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint16(126, true) !== LITTLE_ENDIAN) {
    return fail('is no little-endian MATLAB file of version 5 to 7.2 (version 7.3 is HDF5: save it with -v7).');
  }
  const limit = Math.max(...Object.values(wanted)) + HEADERS;
  let left = Object.values(wanted).reduce((sum, most) => sum + most + HEADERS, 0); // of all compressed arrays, wanted or not
  const found = new Map<string, MatArray>();
  for (let at = HEADER_BYTES; at < bytes.length && found.size < Object.keys(wanted).length; ) {
    const element = readElement(bytes, at, fail);
    at = element.next;
    const array = readArray(unpack(element), wanted, fail);
    if (array && found.has(array.name)) fail(`holds the array '${array.name}' twice: it is damaged.`);
    if (array) found.set(array.name, array);
  }
  const missing = Object.keys(wanted).find((key) => !found.has(key));
  if (missing !== undefined)
    return fail(`must hold the array '${missing}', found ${[...found.keys()].join(', ') || 'none of those wanted'}.`);
  return found;

  function unpack({ type, data }: Element): Uint8Array {
    if (type === TYPES.matrix) return data;
    if (type !== TYPES.compressed)
      return fail(`holds an element of type ${type} where an array should be: it is damaged.`);
    try {
      const most = Math.min(limit, left, data.length * LARGEST_GAIN + HEADERS);
      const plain = inflateSync(data, { maxOutputLength: Math.max(1, most) });
      left -= plain.length;
      const inner = readElement(plain, 0, fail);
      return inner.type === TYPES.matrix ? inner.data : fail('compresses something that is no array: it is damaged.');
    } catch (cause) {
      if (cause instanceof DataFormatError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      return fail(`holds a compressed array that does not unpack to at most ${limit} bytes: ${reason}.`, cause);
    }
  }
}

type Fail = (what: string) => never;

/** A tag (type and length, in 8 bytes, or in 4 with the data in the other 4) and its data, padded to 8 bytes unless compressed. */
function readElement(bytes: Uint8Array, at: number, fail: Fail): Element {
  if (at + 8 > bytes.length) return fail('is truncated.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = view.getUint32(at, true);
  const smallLength = word >>> 16;
  if (smallLength > 4) return fail(`holds a small element of ${smallLength} bytes: it is damaged.`);
  if (smallLength > 0) return { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + smallLength), next: at + 8 };
  const length = view.getUint32(at + 4, true);
  const end = at + 8 + length;
  if (end > bytes.length) return fail(`is truncated: an element of ${length} bytes has ${bytes.length - at - 8} left.`);
  const next = word === TYPES.compressed ? end : Math.ceil(end / 8) * 8;
  return { type: word, data: bytes.subarray(at + 8, end), next };
}

/** Flags, dimensions, name, values; null for an array that was not asked for. */
function readArray(
  bytes: Uint8Array,
  wanted: Readonly<Record<string, number>>,
  fail: Fail,
): (MatArray & { readonly name: string }) | null {
  const flags = readElement(bytes, 0, fail);
  const dimensions = readElement(bytes, flags.next, fail);
  const label = readElement(bytes, dimensions.next, fail);
  const name = new TextDecoder('latin1').decode(label.data);
  if (!Object.hasOwn(wanted, name)) return null;
  const flag =
    flags.data.length === 8 ? wordAt(flags.data, 0) : fail(`holds array '${name}' without flags: it is damaged.`);
  if ((flag & 0xff) < FIRST_NUMERIC_CLASS || flag & COMPLEX_FLAG)
    fail(`must hold '${name}' as a full array of real numbers.`);
  const shape = Array.from({ length: dimensions.data.length / 4 }, (_, i) => wordAt(dimensions.data, 4 * i));
  const size = shape.reduce((product, length) => product * length, 1);
  const values = readElement(bytes, label.next, fail);
  const most = wanted[name] ?? 0;
  const bytesOfAll = values.type === TYPES.uint8 ? size : size * Float64Array.BYTES_PER_ELEMENT;
  if (!(bytesOfAll <= most))
    fail(`must hold array '${name}' of at most ${most} bytes, got ${bytesOfAll} for [${shape.join(', ')}].`);
  if (values.data.length > most) fail(`holds ${values.data.length} bytes for array '${name}': it is damaged.`);
  const data = numbersOf(values, name, fail);
  if (data.length !== size)
    fail(`holds ${data.length} values for array '${name}' of shape [${shape.join(', ')}]: it is damaged.`);
  return { name, shape, data };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

/** MATLAB stores numbers in the smallest type that holds them, independent of the class of the array. */
function numbersOf({ type, data }: Element, name: string, fail: Fail): MatArray['data'] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const each = (width: number, read: (at: number) => number): Float64Array =>
    Float64Array.from({ length: data.length / width }, (_, i) => read(i * width));
  switch (type) {
    case TYPES.uint8:
      return data;
    case TYPES.int8:
      return each(1, (at) => view.getInt8(at));
    case TYPES.int16:
      return each(2, (at) => view.getInt16(at, true));
    case TYPES.uint16:
      return each(2, (at) => view.getUint16(at, true));
    case TYPES.int32:
      return each(4, (at) => view.getInt32(at, true));
    case TYPES.uint32:
      return each(4, (at) => view.getUint32(at, true));
    case TYPES.double:
      return each(8, (at) => view.getFloat64(at, true));
    default:
      return fail(`holds array '${name}' in the number type ${type}, which is not read here.`);
  }
}
