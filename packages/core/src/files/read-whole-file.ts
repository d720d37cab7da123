import { checkKind } from '../errors/check-kind.ts';
import { checkNumber } from '../errors/check-options.ts';
import { DataFormatError } from '../errors/errors.ts';
import { nodeModule } from './node-module.ts';

const WHERE = '[@st/core] readWholeFile';

/** Bytes per read call; the operating system accepts at most 2^31 - 1. */
const PIECE = 2 ** 30;

/**
 * The bytes of a regular file, at most `maxBytes`. Refuses a device, a pipe or a folder, also through a link, before reading, because it may have no end;
 * opening a pipe does not wait for a writer.
 * @param where - Start of the message.
 * @throws {DataFormatError} if it is not a regular file, or is too large.
 * @throws {Error} of Node, with its `code` (`ENOENT`, ...), if the file system fails.
 */
export async function readWholeFile(where: string, path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  checkKind(WHERE, 'path', path, 'text');
  checkNumber(WHERE, 'maxBytes', maxBytes, { min: 0 });
  const { constants, promises } = nodeModule('node:fs');
  // Windows has no such flag and no such pipes
  const handle = await promises.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = await handle.stat();
    if (!status.isFile()) {
      throw new DataFormatError(`${where}: '${path}' must be a regular file, is ${kindOf(status)}.`, {
        argument: 'file',
        received: path,
      });
    }
    if (status.size > maxBytes) {
      throw new DataFormatError(
        `${where}: ${path} must be at most ${maxBytes} bytes, got ${status.size}. If it is the right file, pass a larger maxBytes.`,
        { argument: 'maxBytes', received: status.size },
      );
    }
    const bytes = new Uint8Array(status.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, Math.min(PIECE, bytes.length - length), length);
      if (bytesRead === 0) break; // another process truncated it
      length += bytesRead;
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  } finally {
    await handle.close();
  }
}

type Status = {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
};

function kindOf(status: Status): string {
  if (status.isDirectory()) return 'a folder';
  if (status.isFIFO()) return 'a pipe';
  return status.isCharacterDevice() || status.isBlockDevice() ? 'a device' : 'none';
}
