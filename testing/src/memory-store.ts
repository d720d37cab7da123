import type { CheckpointStore } from '@st/core';

/** A checkpoint store that keeps its files in memory, where a test can read them. */
export type MemoryStore = CheckpointStore & { readonly files: Map<string, Uint8Array> };

/** An empty memory store. */
export function memoryStore(): MemoryStore {
  const files = new Map<string, Uint8Array>();
  return {
    name: 'memory',
    files,
    read: async (file) => files.get(file) ?? null,
    write: async (file, bytes) => {
      files.set(file, bytes);
    },
  };
}
