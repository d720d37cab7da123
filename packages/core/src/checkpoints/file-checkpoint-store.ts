import { checkKind } from '../errors/check-kind.ts';
import { CheckpointError, DataFormatError } from '../errors/errors.ts';
import { codeOf } from '../files/code-of.ts';
import { lockFolder } from '../files/lock-folder.ts';
import { nodeModule } from '../files/node-module.ts';
import { readWholeFile } from '../files/read-whole-file.ts';
import { writeFileDurably } from '../files/write-file-durably.ts';
import type { CheckpointStore } from './checkpoint-store.ts';

/** Larger than any checkpoint of the supported networks. Protects from reading a huge file of another kind into memory. */
const MAX_CHECKPOINT_BYTES = 2 ** 33;

/**
 * Stores checkpoints as files of a folder, which it creates at the first write. Each file is replaced atomically and durably: after a crash, a kill, a power
 * cut or with a full disk, the old file remains. Its lock excludes other processes.
 * @throws {InvalidArgumentError} if `folder` is not a path.
 * @throws {CheckpointError} from `read`, `write` and `lock`, if the file system fails or another process holds the lock.
 */
export function fileCheckpointStore(folder: string): CheckpointStore {
  checkKind('[@st/core] fileCheckpointStore', 'folder', folder, 'text');
  const { join } = nodeModule('node:path');
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
      try {
        await writeFileDurably(path, bytes);
      } catch (error) {
        const hint =
          codeOf(error) === 'ENOSPC'
            ? `The disk is full: free ${(bytes.length / 2 ** 20).toFixed(1)} MiB and resume.`
            : 'Check that the folder exists and may be written to.';
        throw failure(`could not write '${path}'`, error, `${hint} What was there before is untouched.`);
      }
    },
    lock: async () => {
      try {
        return await lockFolder('[@st/core] fileCheckpointStore', folder, 'checkpoints');
      } catch (error) {
        if (error instanceof CheckpointError) throw error;
        throw failure(`could not lock '${folder}'`, error, 'Check that the folder may be written to.');
      }
    },
  };
}

function failure(what: string, cause: unknown, hint: string): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError(`[@st/core] fileCheckpointStore: ${what}: ${reason}. ${hint}`, {
    argument: 'checkpoint',
    cause,
  });
}
