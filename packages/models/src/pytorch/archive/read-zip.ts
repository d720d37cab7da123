import { DataFormatError } from '@st/core';

import { crc32 } from './crc32.ts';
import { inflateBounded } from './inflate-bounded.ts';
import { readZipDirectory, type ZipEntry } from './zip-directory.ts';

/** A zip archive; `read` reads one entry. */
export type ZipArchive = {
  /** Sizes in bytes by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /**
   * The bytes of an entry; a view of the archive if the entry is not compressed, which is PyTorch's default.
   * @throws {DataFormatError} if the entry is missing, or its checksum does not match.
   */
  read(name: string): Uint8Array;
};

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/**
 * Opens a zip archive. Entries must not overlap, so that all uncompressed entries together are no larger than the file.
 * @param maxBytes - Maximum size of all entries when decompressed.
 * @throws {DataFormatError} if the directory is damaged, entries overlap or exceed the file, or take more than `maxBytes`.
 */
export function openZip(where: string, bytes: Uint8Array, maxBytes: number): ZipArchive {
  const entries = readZipDirectory(where, bytes);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) {
    throw new DataFormatError(
      `${where}: the files in it must take at most ${maxBytes} bytes, got ${total} from an archive of ${bytes.length}. Pass a larger maxBytes if you expect that size.`,
      { argument: 'maxBytes', received: total },
    );
  }
  const located = locate(where, bytes, entries);
  return {
    sizes: new Map(entries.map(({ name, size }) => [name, size])),
    read: (name) => {
      const found = located.get(name);
      if (!found)
        throw new DataFormatError(`${where}: must hold '${name}', but does not. The file is damaged.`, {
          argument: 'bytes',
        });
      return readEntry(`${where}: '${name}'`, found);
    },
  };
}

type Located = { readonly entry: ZipEntry; readonly data: Uint8Array };

/** Locates the bytes of each entry, after its local header. */
function locate(where: string, bytes: Uint8Array, entries: readonly ZipEntry[]): ReadonlyMap<string, Located> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const located = new Map<string, Located>();
  let covered = 0;
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    const { offset, name, compressed } = entry;
    if (offset < covered || offset + LOCAL_BYTES > bytes.length || view.getUint32(offset, true) !== LOCAL) {
      throw misplaced(where, name, offset);
    }
    const start = offset + LOCAL_BYTES + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    covered = start + compressed;
    if (covered > bytes.length) throw misplaced(where, name, offset);
    located.set(name, { entry, data: bytes.subarray(start, covered) });
  }
  return located;
}

function misplaced(where: string, name: string, offset: number): DataFormatError {
  return new DataFormatError(
    `${where}: '${name}' must start with a local header at byte ${offset}, overlap no other entry and end within the file. The file is truncated or damaged.`,
    { argument: 'bytes', received: offset },
  );
}

function readEntry(where: string, { entry, data }: Located): Uint8Array {
  const bytes = entry.method === 'stored' ? data : inflateBounded(where, data, entry.size);
  const crc = crc32(bytes);
  if (crc === entry.crc) return bytes;
  throw new DataFormatError(
    `${where}: must have the checksum ${entry.crc.toString(16)}, got ${crc.toString(16)}. The file is damaged: download it again.`,
    { argument: 'bytes', received: crc },
  );
}
