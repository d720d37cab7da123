import { CheckpointError } from '../errors/errors.ts';
import { codeOf } from './code-of.ts';
import { nodeModule } from './node-module.ts';
import { type ProcessIdentity, statusOf, thisProcess } from './process-identity.ts';

/** How often a lock is touched while its process runs. */
const TOUCH_MS = 15_000;
/** A lock of another machine that was not touched for so long is taken over: long against a slow training step, in which no timer runs. */
const ABANDONED_MS = 600_000;

/** A folder that this process alone may write to. */
export type FolderLock = {
  /** Gives the folder free. Again: does nothing. */
  release(): Promise<void>;
};

type Holder = ProcessIdentity & { readonly token: string };

/**
 * Locks a folder against other processes, and against a second lock of the same name in this one, by a file `.NAME.lock` in it.
 * A crash or kill leaves no lock behind: the file names its process, and one whose process has ended is taken over. Of a process on
 * another machine (a shared file system) or in another container that cannot be told: its lock is taken over when it was not touched for
 * ten minutes.
 * @param name - What is locked, e.g. 'training': several may be held in one folder.
 * @throws {CheckpointError} if another process holds the lock, naming it.
 */
export async function lockFolder(where: string, folder: string, name: string): Promise<FolderLock> {
  const { mkdir, readFile, rm, rmdir, utimes } = nodeModule('node:fs/promises');
  const { rmSync } = nodeModule('node:fs');
  const path = nodeModule('node:path').join(folder, `.${name}.lock`);
  const made = await mkdir(folder, { recursive: true });
  const text = JSON.stringify({ ...thisProcess(), token: nodeModule('node:crypto').randomUUID() } satisfies Holder);
  while (!(await create(path, text))) await takeOver(where, folder, path);

  const timer = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
  timer.unref();
  const atExit = (): void => rmSync(path, { force: true });
  process.once('exit', atExit);
  let held = true;
  return {
    release: async () => {
      if (!held) return;
      held = false;
      clearInterval(timer);
      process.off('exit', atExit);
      const isOurs = (await readFile(path, 'utf8').catch(() => '')) === text; // not so if the folder was deleted or taken over
      if (isOurs) await rm(path, { force: true });
      if (made !== undefined) await rmdir(folder).catch(() => undefined); // nothing was written: no empty folder stays
    },
  };
}

/** Makes the lock file if there is none; false if there is. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await nodeModule('node:fs/promises').writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Moves the lock of a process that has ended out of the way.
 * @throws {CheckpointError} if its process runs, or may run.
 */
async function takeOver(where: string, folder: string, path: string): Promise<void> {
  const { readFile, rename, rm, stat } = nodeModule('node:fs/promises');
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === undefined) return; // given free in the meantime
  const holder = parse(found);
  const status = holder ? statusOf(holder) : 'unknown';
  const idle = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
  if (status === 'running' || (status === 'unknown' && idle < ABANDONED_MS)) {
    throw inUse(where, folder, path, holder, status, idle);
  }
  const aside = `${path}.${nodeModule('node:crypto').randomUUID()}`;
  try {
    await rename(path, aside);
    // another process may have taken the old lock over between reading and renaming: then this is its new one, which goes back
    const moved = await readFile(aside, 'utf8');
    if (moved !== found) await create(path, moved);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error; // another process was faster
  } finally {
    await rm(aside, { force: true });
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value: Partial<Holder> | null = JSON.parse(text);
    const isWhole =
      typeof value?.pid === 'number' && [value.host, value.boot, value.started].every((v) => typeof v === 'string');
    return isWhole ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function inUse(
  where: string,
  folder: string,
  path: string,
  holder: Holder | undefined,
  status: 'running' | 'unknown',
  idle: number,
): CheckpointError {
  const who =
    status === 'running'
      ? `process ${holder?.pid}${holder?.pid === process.pid ? ' (this one)' : ''}`
      : `process ${holder?.pid ?? 'unknown'} on '${holder?.host ?? 'an unknown machine'}' (last seen ${Math.round(idle / 1000)} s ago)`;
  const mend =
    status === 'running'
      ? 'Wait until it has ended, or name another folder.'
      : `Wait until it has ended, or name another folder; if it has ended, delete '${path}' or come back in ${Math.ceil((ABANDONED_MS - idle) / 60_000)} minutes.`;
  return new CheckpointError(`${where}: '${folder}' is being written by ${who}. ${mend}`, {
    argument: 'checkpoint',
    received: folder,
  });
}
