import { InvalidArgumentError } from '../errors/errors.ts';
import type { CheckpointStore } from './checkpoint-store.ts';

/**
 * A store as it is; a path as a folder of files.
 * @throws {InvalidArgumentError} for a path outside Node, where there are no folders.
 */
export async function checkpointStoreOf(where: string, source: string | CheckpointStore): Promise<CheckpointStore> {
  if (typeof source !== 'string') return source;
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new InvalidArgumentError(
      `${where}: checkpoint '${source}' is a path, which needs Node. In a browser pass a CheckpointStore, { name, read, write }.`,
      { argument: 'checkpoint', received: source },
    );
  }
  // imported only here, so that the package's main entry loads where there are no node: modules
  const { fileCheckpointStore } = await import('./file-checkpoint-store.ts');
  return fileCheckpointStore(source);
}
