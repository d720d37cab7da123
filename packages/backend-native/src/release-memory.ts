import { findBackend } from '@tensorflow/tfjs-core';
import { BACKEND_NAME, NativeBackend } from './native-backend.ts';

/**
 * Gives the memory that no tensor holds back to the machine now, rather than after some idle seconds: between two phases of a
 * program that need different sizes. What is in use stays; without the back end nothing happens.
 */
export function releaseMemory(): void {
  const backend: unknown = findBackend(BACKEND_NAME);
  if (!(backend instanceof NativeBackend)) return;
  backend.pool.trim();
  backend.addon.releaseScratch();
}
