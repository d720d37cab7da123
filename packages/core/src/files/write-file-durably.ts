import { checkKind } from '../errors/check-kind.ts';
import { nodeModule } from './node-module.ts';
import { isProcessAlive } from './process-identity.ts';

const WHERE = '[@st/core] writeFileDurably';

/** After how long a temporary file that did not change is taken for abandoned. */
const ABANDONED_MS = 600_000;

/** Numbers the temporary files of this process, so that two writes at once of one file do not share one. */
let writes = 0;

/**
 * Writes a file as a whole and durably, its folder included: a temporary file beside it is written, synced to the disk and renamed, and
 * the folder is synced. After a crash, a power cut, a kill or a full disk the path holds the old file or the new one, whole.
 * Temporary files that processes left behind which no longer run are removed.
 * @param content - Bytes, or a text, which is stored as UTF-8.
 * @throws what the file system throws; the old file and no temporary file is left then.
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
    await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function makeFolderDurably(folder: string): Promise<void> {
  const { mkdir } = nodeModule('node:fs/promises');
  const { dirname } = nodeModule('node:path');
  const first = await mkdir(folder, { recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
}

/** Makes a new name in the folder survive a power cut; Windows cannot open folders, and needs no such thing. */
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
 * Removes temporary files of `file` that a killed process left behind: they are as large as checkpoints, and would pile up. Those of the
 * last ten minutes stay, as their process may run on another machine that shares the folder.
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
