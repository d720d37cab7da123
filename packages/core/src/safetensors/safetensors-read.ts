import { checkKind } from '../errors/check-kind.ts';
import { describeValue } from '../errors/describe-value.ts';
import { DataFormatError, InvalidArgumentError } from '../errors/errors.ts';
import { readJson } from '../json/read-json.ts';
import { decodeValues } from './decode-values.ts';
import {
  SAFETENSORS_BYTES,
  SAFETENSORS_PREFIX,
  type Safetensors,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from './safetensors.ts';

/** The limit of the format. A longer header means a file of another format, whose first bytes would be taken as a size to allocate. */
const MAX_HEADER_BYTES = 100_000_000;
/** A header is an object of objects of lists, and metadata contain only strings, so this depth suffices. */
const MAX_HEADER_DEPTH = 8;
/** A tensor is described by seven values, so this allows about 150 000 tensors. */
const MAX_HEADER_VALUES = 2 ** 20;

type Entry = {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
};

/**
 * Reads a safetensors file: 8 bytes little-endian header length, JSON header, raw little-endian values.
 *
 * Validates everything before it reads a value: header length, JSON, unique names, dtypes, shapes, and that the tensors' bytes do not overlap, leave no holes
 * and do not reach past the end. The returned arrays are copies and do not keep `bytes` alive.
 * @param bytes - The whole file.
 * @param name - Shown in errors, such as the path of the file.
 * @throws {DataFormatError} that names the file, the tensor and the fault.
 * @throws {InvalidArgumentError} if `bytes` is not a Uint8Array.
 * @see https://huggingface.co/docs/safetensors, section "Format"
 */
export function readSafetensors(bytes: Uint8Array, name = 'the file'): Safetensors {
  if (!(bytes instanceof Uint8Array)) {
    throw new InvalidArgumentError(
      `[@st/core] readSafetensors: bytes must be a Uint8Array, the file itself, got ${describeValue(bytes)}.`,
      { argument: 'bytes', received: bytes },
    );
  }
  checkKind('[@st/core] readSafetensors', 'name', name, 'text');
  const where = `[@st/core] readSafetensors: ${name}`;
  const { header, dataStart } = readHeader(where, bytes);
  const metadata = readMetadata(where, header.__metadata__);
  const entries = Object.entries(header)
    .filter(([key]) => key !== '__metadata__')
    .map(([key, value]) => readEntry(where, key, value));
  checkLayout(where, entries, bytes.length - dataStart);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name: key, dtype, shape, begin, end } of entries) {
    // not bytes.slice: for a Node Buffer it returns a view, which may be unaligned
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(key, { dtype, shape, data: decodeValues(dtype, copy) });
  }
  return { tensors, metadata };
}

function fail(message: string, received?: unknown): never {
  throw new DataFormatError(message, { argument: 'bytes', received });
}

function readHeader(where: string, bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < SAFETENSORS_PREFIX) {
    fail(
      `${where}: must be a safetensors file, which starts with an 8-byte header length; got ${bytes.length} bytes. Is it truncated?`,
      bytes.length,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const room = bytes.length - SAFETENSORS_PREFIX;
  if (length > MAX_HEADER_BYTES) {
    fail(
      `${where}: header length must be at most ${MAX_HEADER_BYTES} bytes, got ${length}. Is it a safetensors file?`,
      length,
    );
  }
  if (length > room) {
    fail(
      `${where}: the header must fit the file, got a header of ${length} bytes with ${room} left. The file is truncated or not safetensors.`,
      length,
    );
  }
  const dataStart = SAFETENSORS_PREFIX + Number(length);
  const text = bytes.subarray(SAFETENSORS_PREFIX, dataStart);
  const header = readJson(`${where}: the header`, text, { maxDepth: MAX_HEADER_DEPTH, maxValues: MAX_HEADER_VALUES });
  if (!isRecord(header)) fail(`${where}: the header must be a JSON object, got ${describeValue(header)}.`, header);
  return { header, dataStart };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(where: string, metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) {
    fail(`${where}: __metadata__ must be an object of strings, got ${describeValue(metadata)}.`, metadata);
  }
  const strings: [string, string][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      fail(`${where}: __metadata__ ${describeValue(key)} must be a string, got ${describeValue(value)}.`, value);
    }
    strings.push([key, value]);
  }
  return Object.fromEntries(strings);
}

function readEntry(where: string, name: string, entry: unknown): Entry {
  const here = `${where}: tensor ${describeValue(name)}`;
  if (!isRecord(entry)) {
    fail(`${here}: must be described by { dtype, shape, data_offsets }, got ${describeValue(entry)}.`, entry);
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    fail(
      `${here}: dtype must be one of ${Object.keys(SAFETENSORS_BYTES).join(', ')}, got ${describeValue(dtype)}. Convert it before saving.`,
      dtype,
    );
  }
  if (!isSizes(shape)) fail(`${here}: shape must list integers >= 0, got ${describeValue(shape)}.`, shape);
  const [begin, end] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || begin > end) {
    fail(`${here}: data_offsets must be [begin, end] with 0 <= begin <= end, got ${describeValue(offsets)}.`, offsets);
  }
  const size = shape.reduce((product, length) => product * length, SAFETENSORS_BYTES[dtype]);
  if (size !== end - begin) {
    fail(
      `${here}: ${dtype} ${describeShape(shape)} takes ${size} bytes, but data_offsets [${begin}, ${end}] hold ${end - begin}.`,
      offsets,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Shortens a shape for a message: a shape in a file may have thousands of sizes. */
function describeShape(shape: readonly number[]): string {
  return shape.length > MAX_RANK_SHOWN ? `of ${shape.length} dimensions` : `[${shape.join(', ')}]`;
}

const MAX_RANK_SHOWN = 8;

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(SAFETENSORS_BYTES, value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Checks that every byte after the header belongs to exactly one tensor, as the format requires. */
function checkLayout(where: string, entries: readonly Entry[], room: number): void {
  let covered = 0;
  let last = 'the header';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > room) {
      fail(
        `${where}: tensor ${describeValue(name)}: data_offsets [${begin}, ${end}] reach past the ${room} bytes of data. The file is truncated.`,
        end,
      );
    }
    if (begin < covered) {
      fail(
        `${where}: tensor ${describeValue(name)}: data_offsets [${begin}, ${end}] overlap those of ${last}, which end at ${covered}.`,
        begin,
      );
    }
    if (begin > covered) {
      fail(
        `${where}: tensor ${describeValue(name)}: data_offsets [${begin}, ${end}] leave a hole after ${last}, which ends at ${covered}.`,
        begin,
      );
    }
    covered = end;
    last = `tensor ${describeValue(name)}`;
  }
  if (covered < room) {
    fail(`${where}: ${room - covered} bytes follow ${last}. The file is longer than its header says.`, room - covered);
  }
}
