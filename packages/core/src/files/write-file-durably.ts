import { checkKind } from '../errors/check-kind.ts';
import { nodeModule } from './node-module.ts';
import { isProcessAlive } from './process-identity.ts';

const WHERE = '[@st/core] writeFileDurably';

/** A temporary file that was not changed for this long counts as abandoned. */
const ABANDONED_MS = 600_000;

/** Number of the next temporary file of this process, so that simultaneous writes of one file use different ones. */
let writes = 0;

/**
 * Writes a file atomically and durably, and creates its folder: writes a temporary file in the same folder, calls fsync, renames it, and calls fsync on the
 * folder. After a crash, a power cut, a kill or a full disk the path holds the complete old file or the complete new one. Removes temporary files of
 * processes that no longer run.
 * @param content - Bytes, or a text, which is stored as UTF-8.
 * @throws the error of the file system; the old file then remains, and no temporary file.
 */
export async function writeFileDurably(path: string, content: Uint8Array | string): Promise<void> {
  checkKind(WHERE, 'path', path, 'text');
  if (typeof content !== 'string') checkKind(WHERE, 'content', content, 'bytes');
  const { open, rename, rm } = nodeModule('node:fs/promises');
  const { basename, dirname, join } = nodeModule('node:path');
  const [folder, file] = [dirname(path), basename(path)];
  await makeFolderDurably(folder);
  await removeAbandoned(folder, file);
  const temporary = join(folder, `.${file}.${process.pid}.${++writes}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // report only the first error
    throw error;
  }
}

async function makeFolderDurably(folder: string): Promise<void> {
  const { mkdir } = nodeModule('node:fs/promises');
  const { dirname } = nodeModule('node:path');
  const first = await mkdir(folder, { recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Calls fsync on a folder, so that a new name in it survives a power cut. Windows cannot open folders and does not need this. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await nodeModule('node:fs/promises').open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes temporary files of `file` that killed processes left: they are as large as checkpoints and would accumulate. Keeps those of the last ten minutes,
 * because their process may run on another machine that shares the folder.
 */
async function removeAbandoned(folder: string, file: string): Promise<void> {
  const { readdir, rm, stat } = nodeModule('node:fs/promises');
  const { join } = nodeModule('node:path');
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(`.${file}.`) && /^(\d+)\.\d+\.tmp$/.exec(name.slice(file.length + 2))?.[1];
    if (!pid || isProcessAlive(Number(pid))) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY })); // removed in the meantime
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}
