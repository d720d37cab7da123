import { checkKind } from '../errors/check-kind.ts';
import { CheckpointError } from '../errors/errors.ts';
import {
  ABANDONED_MS,
  acquireLockFile,
  type LockHolder,
  type Obstacle,
  removeLockFile,
  removeLockFileAtExit,
} from './lock-file.ts';
import { nodeModule } from './node-module.ts';
import { thisProcess } from './process-identity.ts';

const WHERE = '[@st/core] lockFolder';

/** How often a lock is touched while its process runs. */
const TOUCH_MS = 15_000;
/** How long to wait for a process that is taking a lock over. */
const RETRY_MS = 20;

/** A folder that this process alone may write to. */
export type FolderLock = {
  /** Gives the folder free. Again: does nothing. */
  release(): Promise<void>;
};

/**
 * Locks a folder against other processes, and against a second lock of the same name in this one, by a file `.NAME.lock` in it.
 * Of several processes that come at once one gets it, also where they find the lock of a process that has ended.
 * A crash or kill leaves no lock behind: the file names its process, and one whose process has ended is taken over. Of a process on
 * another machine (a shared file system) or in another container that cannot be told: its lock is taken over when it was not touched for
 * ten minutes.
 * @param name - What is locked, e.g. 'training': several may be held in one folder.
 * @throws {CheckpointError} if another process holds the lock, naming it.
 */
export async function lockFolder(where: string, folder: string, name: string): Promise<FolderLock> {
  checkKind(WHERE, 'folder', folder, 'text');
  checkKind(WHERE, 'name', name, 'text');
  const { mkdir, rmdir, utimes } = nodeModule('node:fs/promises');
  const path = nodeModule('node:path').join(folder, `.${name}.lock`);
  const made = await mkdir(folder, { recursive: true });
  const text = JSON.stringify({ ...thisProcess(), token: nodeModule('node:crypto').randomUUID() } satisfies LockHolder);
  for (;;) {
    const obstacle = await acquireLockFile(path, text);
    if (!obstacle) break;
    if (obstacle.path === path || obstacle.status === 'unknown') throw inUse(where, folder, obstacle);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // it is taking the lock over, and then holds it or gives it free
  }

  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
  timer.unref();
  const atExit = (): void => removeLockFileAtExit(path, text);
  process.once('exit', atExit);
  let held = true;
  return {
    release: async () => {
      if (!held) return;
      held = false;
      clearInterval(timer);
      process.off('exit', atExit);
      await removeLockFile(path, text);
      if (made !== undefined) await rmdir(folder).catch(() => undefined); // nothing was written: no empty folder stays
    },
  };
}

function inUse(where: string, folder: string, { path, holder, status, idleMs }: Obstacle): CheckpointError {
  const who =
    status === 'running'
      ? `process ${holder?.pid}${holder?.pid === process.pid ? ' (this one)' : ''}`
      : `process ${holder?.pid ?? 'unknown'} on '${holder?.host ?? 'an unknown machine'}' (last seen ${Math.round(idleMs / 1000)} s ago)`;
  const mend =
    status === 'running'
      ? 'Wait until it has ended, or name another folder.'
      : `Wait until it has ended, or name another folder; if it has ended, delete '${path}' or come back in ${Math.ceil((ABANDONED_MS - idleMs) / 60_000)} minutes.`;
  return new CheckpointError(`${where}: '${folder}' is being written by ${who}. ${mend}`, {
    argument: 'checkpoint',
    received: folder,
  });
}
