import { DataFormatError, type Where } from '@st/core';

/**
 * Reads a file of a data set whole.
 * @param mend - How to get the file, added to the message.
 * @throws {DataFormatError} if it cannot be read.
 */
export async function readDataFile(where: Where, folder: string, name: string, mend: string): Promise<Uint8Array> {
  const [{ readFile }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const path = join(folder, name);
  try {
    return await readFile(path);
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'it does not exist' : String(cause);
    throw new DataFormatError(`${where}: cannot read ${path}: ${reason}. ${mend}`, {
      argument: 'dir',
      received: path,
      cause,
    });
  }
}
