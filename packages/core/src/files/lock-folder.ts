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

/** Interval at which a running process renews its lock. */
const TOUCH_MS = 15_000;
/** Delay before a retry while another process takes a lock over. */
const RETRY_MS = 20;

/** A lock on a folder: only this process may write to it. */
export type FolderLock = {
  /** Releases the lock. Further calls do nothing. */
  release(): Promise<void>;
};

/**
 * Locks a folder against other processes, and against a second lock of the same name in this process, with a file `.NAME.lock` in the folder.
 * If several processes try at once, exactly one gets the lock, also if they find a lock whose process has ended.
 * A crash or kill does not block the folder: the file names its process, and a lock whose process has ended is taken over. Whether a process on another
 * machine (with a shared file system) or in another container has ended is unknown; its lock is taken over if it was not renewed for ten minutes.
 * @param name - Name of the lock, such as 'training'; a folder may have several locks with different names.
 * @throws {CheckpointError} if another process holds the lock; the message names it.
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
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // the other process is taking the lock over; then it holds or releases it
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
      if (made !== undefined) await rmdir(folder).catch(() => undefined); // removes the folder if it is still empty
    },
  };
}

function inUse(where: string, folder: string, { path, holder, status, idleMs }: Obstacle): CheckpointError {
  const who =
    status === 'running'
      ? `process ${holder?.pid}${holder?.pid === process.pid ? ' (this one)' : ''}`
      : `process ${holder?.pid ?? 'unknown'} on '${holder?.host ?? 'an unknown machine'}' (last seen ${Math.round(idleMs / 1000)} s ago)`;
  const hint =
    status === 'running'
      ? 'Wait until it has ended, or name another folder.'
      : `Wait until it has ended, or name another folder; if it has ended, delete '${path}' or retry in ${Math.ceil((ABANDONED_MS - idleMs) / 60_000)} minutes.`;
  return new CheckpointError(`${where}: '${folder}' is being written by ${who}. ${hint}`, {
    argument: 'checkpoint',
    received: folder,
  });
}
