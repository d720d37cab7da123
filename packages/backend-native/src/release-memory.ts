import { findBackend } from '@tensorflow/tfjs-core';
import { NativeBackend } from './native-backend.ts';
import { BACKEND_NAME } from './register-native.ts';

/**
 * Returns unused memory to the system now instead of after some idle seconds: for instance between two phases of a program that
 * use different sizes. Does nothing without the back end.
 */
export function releaseMemory(): void {
  const backend: unknown = findBackend(BACKEND_NAME);
  if (!(backend instanceof NativeBackend)) return;
  backend.pool.trim();
  backend.addon.releaseScratch();
}
