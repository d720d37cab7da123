/**
 * Where checkpoints are kept: a handful of small names (`last.safetensors`) with bytes. `@st/core/node` has one over a folder;
 * a browser can give one over IndexedDB or the origin private file system.
 */
export type CheckpointStore = {
  /** Its name in messages, a folder's path for example. */
  readonly name: string;
  /** The bytes under `file`; null if there are none. */
  read(file: string): Promise<Uint8Array | null>;
  /** Keeps `bytes` under `file`. Atomic: after a failure or crash at any instant the old file is still there. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /**
   * Keeps other writers out until the returned lock is released: `fit` holds it while it trains. A store without it leaves that to its user.
   * @throws {CheckpointError} if there is another writer.
   */
  lock?(): Promise<{ release(): Promise<void> }>;
};

/** The state to go on from. */
export const LAST_CHECKPOINT = 'last.safetensors';

/** The state with the best score on the validation set. */
export const BEST_CHECKPOINT = 'best.safetensors';
