import type { CheckpointStore } from '@st/core';

/** A store in memory, with files that tests may change. */
export type MemoryStore = CheckpointStore & { readonly files: Map<string, Uint8Array> };

export function memoryStore(entries: Iterable<readonly [string, Uint8Array]> = []): MemoryStore {
  const files = new Map<string, Uint8Array>(entries);
  return {
    name: 'memory',
    files,
    read: async (file) => files.get(file) ?? null,
    write: async (file, bytes) => void files.set(file, bytes),
  };
}
