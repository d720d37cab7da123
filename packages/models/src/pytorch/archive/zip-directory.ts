import { DataFormatError } from '@st/core';

/** One entry of the directory at the end of a zip archive. */
export type ZipEntry = {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** Bytes in the archive. */
  readonly compressed: number;
  /** Bytes when decompressed. */
  readonly size: number;
  readonly crc: number;
  /** Position of the local header. */
  readonly offset: number;
};

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const ZIP64_EXTRA = 1;
/** Marks a value that is in the zip64 extra field. */
const IN_EXTRA = 0xffffffff;
const ENCRYPTED = 1;

/**
 * Reads the directory of a zip file. Implemented here because the libraries examined accept files that are ambiguous or expand without limit:
 * fflate's `unzip` does not check overlaps, duplicate names, checksums or the end of the file.
 * @throws {DataFormatError} for an archive that is truncated, encrypted or not compressed by DEFLATE, or duplicate names.
 * @see PKWARE's APPNOTE.TXT, sections 4.3 and 4.5
 */
export function readZipDirectory(where: string, bytes: Uint8Array): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = findDirectory(where, view);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let position = start;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(where, view, { position, end });
    if (names.has(entry.name)) fail(where, `names must be unique, but two entries are '${entry.name}'`);
    names.add(entry.name);
    entries.push(entry);
    position = next;
  }
  return entries;
}

function fail(where: string, what: string): never {
  throw new DataFormatError(`${where}: ${what}. The file is truncated or damaged.`, { argument: 'bytes' });
}

type Directory = { readonly count: number; readonly start: number; readonly end: number };

function findDirectory(where: string, view: DataView): Directory {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== view.byteLength)
      continue;
    const found = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    const isLarge = found.count === 0xffff || found.size === IN_EXTRA || found.start === IN_EXTRA;
    const { count, size, start } = isLarge ? findDirectory64(where, view, at) : found;
    if (start + size > at || count * ENTRY_BYTES > size)
      fail(where, 'the directory of the zip file must lie within it');
    return { count, start, end: start + size };
  }
  return fail(where, 'a zip file must end with its directory, but does not');
}

function findDirectory64(where: string, view: DataView, end: number) {
  const locator = end - LOCATOR64_BYTES;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR64) fail(where, 'the zip64 directory is missing');
  const at = uint64(where, view, locator + 8);
  if (at + 56 > locator || view.getUint32(at, true) !== END64) fail(where, 'the zip64 directory is missing');
  return {
    count: uint64(where, view, at + 32),
    size: uint64(where, view, at + 40),
    start: uint64(where, view, at + 48),
  };
}

function uint64(where: string, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : fail(where, 'sizes must be below 2^53');
}

function readEntry(
  where: string,
  view: DataView,
  { position, end }: { readonly position: number; readonly end: number },
): { entry: ZipEntry; next: number } {
  if (position + ENTRY_BYTES > end || view.getUint32(position, true) !== ENTRY) {
    fail(where, `an entry of the zip directory must start at byte ${position}`);
  }
  const short = (at: number): number => view.getUint16(position + at, true);
  const long = (at: number): number => view.getUint32(position + at, true);
  const [nameLength, extraLength, commentLength] = [short(28), short(30), short(32)];
  const extra = position + ENTRY_BYTES + nameLength;
  const next = extra + extraLength + commentLength;
  if (next > end) fail(where, `the entry of the zip directory at byte ${position} must lie within it`);
  const name = new TextDecoder().decode(
    new Uint8Array(view.buffer, view.byteOffset + position + ENTRY_BYTES, nameLength),
  );
  if (short(8) & ENCRYPTED) fail(where, `'${name}' must not be encrypted, but is`);
  const [size, compressed, offset] = wideSizes(where, view, {
    sizes: [long(24), long(20), long(42)],
    extra,
    extraEnd: extra + extraLength,
  });
  const method = methodOf(where, name, short(10));
  if (method === 'stored' && size !== compressed)
    fail(where, `'${name}' is not compressed, but has two different sizes`);
  return { entry: { name, method, compressed, size, crc: long(16), offset }, next };
}

function methodOf(where: string, name: string, method: number): ZipEntry['method'] {
  if (method === 0) return 'stored';
  if (method === 8) return 'deflated';
  throw new DataFormatError(
    `${where}: '${name}' must be stored or compressed by DEFLATE (methods 0 and 8), got method ${method}. Save it with torch.save.`,
    { argument: 'bytes', received: method },
  );
}

/** Replaces sizes that do not fit 32 bits by the values in the zip64 extra field, which has only these, in this order. */
function wideSizes(
  where: string,
  view: DataView,
  {
    sizes,
    extra,
    extraEnd,
  }: { readonly sizes: readonly [number, number, number]; readonly extra: number; readonly extraEnd: number },
): [number, number, number] {
  const [size, compressed, offset] = sizes;
  if (!sizes.includes(IN_EXTRA)) return [size, compressed, offset];
  let at = extra;
  while (at + 4 <= extraEnd && view.getUint16(at, true) !== ZIP64_EXTRA) at += 4 + view.getUint16(at + 2, true);
  at += 4;
  const wide = (value: number): number => {
    if (value !== IN_EXTRA) return value;
    if (at + 8 > extraEnd) return fail(where, 'large sizes must be in a zip64 extra field');
    at += 8;
    return uint64(where, view, at - 8);
  };
  return [wide(size), wide(compressed), wide(offset)];
}
