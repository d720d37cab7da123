import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a new folder of that name, or with `-2`, `-3`, ... behind it where another process has just made one: names that hold the time to
 * the second are not always new.
 * @returns Its path.
 */
export function claimFolder(wanted: string): string {
  mkdirSync(dirname(wanted), { recursive: true });
  for (let count = 1; ; count++) {
    const path = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      mkdirSync(path); // fails where it exists: looking first would leave time for another process
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Takes a claimed folder back that nothing was written into. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // something is in it, or it is gone
  }
}
