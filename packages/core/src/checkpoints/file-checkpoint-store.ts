import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, DataFormatError } from '../errors/errors.ts';
import { readWholeFile } from '../files/read-whole-file.ts';
import type { CheckpointStore } from './checkpoint-store.ts';

/** More than any checkpoint of the networks here, less than the memory that a file of another kind would take. */
const MAX_CHECKPOINT_BYTES = 2 ** 33;

/**
 * Keeps checkpoints as files of a folder, which is made when first written to. Writes go to a temporary file beside, are flushed to the
 * disk, and take the name in one step: a crash, a kill or a full disk leaves the old file whole.
 * @throws {CheckpointError} from `read` and `write`, if the file system refuses.
 */
export function fileCheckpointStore(folder: string): CheckpointStore {
  return {
    name: folder,
    read: async (file) => {
      const path = join(folder, file);
      try {
        return await readWholeFile('[@st/core] fileCheckpointStore', path, MAX_CHECKPOINT_BYTES);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        if (error instanceof DataFormatError)
          throw new CheckpointError(error.message, { argument: 'checkpoint', cause: error });
        throw failure(`could not read '${path}'`, error, 'Check that it is a file and may be read.');
      }
    },
    write: async (file, bytes) => {
      const path = join(folder, file);
      // one name per file, so that a run that is killed while writing leaves at most one behind, and the next write takes it over
      const temporary = join(folder, `.${file}.tmp`);
      try {
        await mkdir(folder, { recursive: true });
        await writeThrough(temporary, bytes);
        await rename(temporary, path);
        await syncFolder(folder);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined); // the first error is the one to tell
        const hint =
          codeOf(error) === 'ENOSPC'
            ? `The disk is full: free ${(bytes.length / 2 ** 20).toFixed(1)} MiB and resume.`
            : 'Check that the folder exists and may be written to.';
        throw failure(`could not write '${path}'`, error, `${hint} What was there before is untouched.`);
      }
    },
  };
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the new name itself survive a power cut; Windows cannot open folders, and needs no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function failure(what: string, cause: unknown, hint: string): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(`[@st/core] fileCheckpointStore: ${what}: ${reason}. ${hint}`, {
    argument: 'checkpoint',
    cause,
  });
}
