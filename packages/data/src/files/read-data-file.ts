import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';
import { nodeModule, readWholeFile } from '@st/core/node';

/** A file of a data set. */
export type DataFile = {
  readonly folder: string;
  readonly name: string;
  /** A larger file is rejected before it is read. */
  readonly maxBytes: number;
  /** How to get the file, added to the message. */
  readonly mend: string;
};

/**
 * Reads a file of a data set whole.
 * @throws {DataFormatError} if it cannot be read, is no regular file, or too large.
 */
export async function readDataFile(where: Where, { folder, name, maxBytes, mend }: DataFile): Promise<Uint8Array> {
  const path = nodeModule('node:path').join(folder, name);
  try {
    return await readWholeFile(where, path, maxBytes);
  } catch (cause) {
    throw new DataFormatError(`${where}: cannot read ${path}: ${reasonOf(cause, maxBytes)}. ${mend}`, {
      argument: 'dir',
      received: path,
      cause,
    });
  }
}

function reasonOf(cause: unknown, maxBytes: number): string {
  if (cause instanceof DataFormatError) {
    return cause.argument === 'maxBytes'
      ? `it must be at most ${maxBytes} bytes, got ${cause.received}`
      : 'it must be a regular file';
  }
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'it does not exist';
  return cause instanceof Error ? cause.message : String(cause);
}
