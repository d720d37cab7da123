import { codeOf } from './code-of.ts';
import { nodeModule } from './node-module.ts';
import { type ProcessIdentity, statusOf } from './process-identity.ts';

/** A lock of another machine that was not renewed for this long is taken over. Much longer than a slow training step, during which no timer runs. */
export const ABANDONED_MS = 600_000;

/** Error codes of file systems without hard links. */
const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'UNKNOWN']);

/** The content of a lock file, as JSON; the token makes the text of every lock unique. */
export type LockHolder = ProcessIdentity & { readonly token: string };

/** A lock that is held by a running process, or by one whose state is unknown. */
export type Obstacle = {
  readonly path: string;
  readonly holder: LockHolder | undefined;
  readonly status: 'running' | 'unknown';
  /** Time since the lock was last renewed. */
  readonly idleMs: number;
};

/**
 * Creates the lock file, or replaces one whose process has ended. Resolves with `undefined` if the lock is acquired, otherwise with its holder.
 * Before it replaces a lock file, a process acquires a second lock, in a file named after the unique text of the old lock. So only one process replaces the
 * old lock, in one atomic step, and no process that read the old lock can replace the new one. The second lock is taken over in the same way.
 */
export async function acquireLockFile(path: string, text: string): Promise<Obstacle | undefined> {
  while (!(await create(path, text))) {
    const found = await read(path);
    if (found === undefined) continue; // released in the meantime
    const obstacle = await obstacleOf(path, found);
    if (obstacle) return obstacle;
    const claim = `${path}.${nodeModule('node:crypto').createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
    const other = await acquireLockFile(claim, text);
    if (other) return other;
    try {
      if ((await read(path)) === found) {
        await write(path, text, 'replace');
        return undefined;
      }
    } finally {
      await removeLockFile(claim, text);
    }
  }
  return undefined;
}

/** The reason why the lock with this text cannot be taken over; undefined if it can. */
async function obstacleOf(path: string, text: string): Promise<Obstacle | undefined> {
  const holder = parse(text);
  const status = holder ? statusOf(holder) : 'unknown';
  if (status === 'ended') return undefined;
  const touched = await nodeModule('node:fs/promises')
    .stat(path)
    .then(({ mtimeMs }) => mtimeMs)
    .catch(() => Date.now());
  const idleMs = Math.max(0, Date.now() - touched); // the clock of the file system may be ahead of ours
  return status === 'unknown' && idleMs >= ABANDONED_MS ? undefined : { path, holder, status, idleMs };
}

/** Creates the lock file atomically with its text; returns false if it exists. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await write(path, text, 'new');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function write(path: string, text: string, as: 'new' | 'replace'): Promise<void> {
  const { link, rename, rm, writeFile } = nodeModule('node:fs/promises');
  const whole = `${path}.${nodeModule('node:crypto').randomUUID()}`;
  try {
    await writeFile(whole, text, { flag: 'wx' });
    if (as === 'replace') await rename(whole, path);
    else await link(whole, path).catch((error) => writeWithoutLinks(path, text, error));
  } finally {
    await rm(whole, { force: true });
  }
}

/** For file systems without hard links (exFAT, some mounts). A reader may see the file before its text, and then refuses. */
async function writeWithoutLinks(path: string, text: string, error: unknown): Promise<void> {
  if (!NO_LINKS.has(codeOf(error))) throw error;
  await nodeModule('node:fs/promises').writeFile(path, text, { flag: 'wx' });
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await nodeModule('node:fs/promises').readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the lock unless the folder was deleted or another process has taken over. */
export async function removeLockFile(path: string, text: string): Promise<void> {
  if ((await read(path)) === text) await nodeModule('node:fs/promises').rm(path, { force: true });
}

/** The same, synchronously, for the end of the process. */
export function removeLockFileAtExit(path: string, text: string): void {
  const { existsSync, readFileSync, rmSync } = nodeModule('node:fs');
  if (existsSync(path) && readFileSync(path, 'utf8') === text) rmSync(path, { force: true });
}

function parse(text: string): LockHolder | undefined {
  try {
    const value: Partial<LockHolder> | null = JSON.parse(text);
    const isWhole =
      typeof value?.pid === 'number' && [value.host, value.boot, value.started].every((v) => typeof v === 'string');
    return isWhole ? (value as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}
