import { engine } from '@tensorflow/tfjs-core';
import { NativeBackend } from './native-backend.ts';

/**
 * Returns unused memory to the system now instead of after some idle seconds: for instance between two phases of a program that
 * use different sizes. On `st-wasm` it is freed for any use within WebAssembly's memory. Does nothing without these back ends.
 */
export function releaseMemory(): void {
  for (const backend of Object.values(engine().registry)) {
    if (!(backend instanceof NativeBackend)) continue;
    backend.pool.trim();
    backend.addon.releaseScratch();
  }
}
