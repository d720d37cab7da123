/**
 * Storage of checkpoints: a few files by name (`last.safetensors`). `@st/core/node` has one over a folder; in a browser, write one over IndexedDB or the
 * origin private file system.
 */
export type CheckpointStore = {
  /** Its name in messages, such as the path of a folder. */
  readonly name: string;
  /** The bytes under `file`; null if there are none. */
  read(file: string): Promise<Uint8Array | null>;
  /** Stores `bytes` under `file`. Atomic: after a failure or crash at any moment the old file is still complete. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /**
   * Excludes other writers until the returned lock is released; `fit` holds it while it trains. Without it, the user must ensure that there is one writer.
   * @throws {CheckpointError} if another writer holds the lock.
   */
  lock?(): Promise<{ release(): Promise<void> }>;
};

/** The state from which a run resumes. */
export const LAST_CHECKPOINT = 'last.safetensors';

/** The state with the best score on the validation set. */
export const BEST_CHECKPOINT = 'best.safetensors';
