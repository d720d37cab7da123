import { checkKind } from '../errors/check-kind.ts';
import type { Where } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { hasNodeModules } from '../files/node-module.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { fileCheckpointStore } from './file-checkpoint-store.ts';

/**
 * Returns a store unchanged; makes a store over the folder of a path.
 * @throws {InvalidArgumentError} for any other value, and for a path outside Node.
 */
export function checkpointStoreOf(where: Where, source: string | CheckpointStore): CheckpointStore {
  checkKind(where, 'checkpoint', source, 'store');
  if (typeof source !== 'string') return source;
  if (!hasNodeModules()) {
    throw new InvalidArgumentError(
      `${where}: checkpoint '${source}' is a path, which needs Node. In a browser pass a CheckpointStore, { name, read, write }.`,
      { argument: 'checkpoint', received: source },
    );
  }
  return fileCheckpointStore(source);
}
