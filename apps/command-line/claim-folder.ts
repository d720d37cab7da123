import { mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a new folder named `wanted`, or `wanted-2`, `wanted-3`, ... if it exists: another process may have chosen the same name in the same second.
 * @returns Its path.
 */
export function claimFolder(wanted: string): string {
  mkdirSync(dirname(wanted), { recursive: true });
  for (let count = 1; ; count++) {
    const path = count === 1 ? wanted : `${wanted}-${count}`;
    try {
      mkdirSync(path); // Fails if it exists. A check before it would leave a gap in which another process could create it.
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** Removes a claimed folder if nothing was written to it. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // it is not empty, or it no longer exists
  }
}
