import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { threadsFromEnvironment } from '@st/backend-native/kit';

import type { Availability } from './availability.ts';

/** Whether the back end can be used here; `reason` says why not, and how to fix that. Never throws. */
export function wasmAvailable(): Availability {
  try {
    threadsFromEnvironment('@st/backend-wasm');
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error) };
  }
  const module = fileURLToPath(new URL('../modules/st-simd.wasm', import.meta.url));
  if (existsSync(module)) return { available: true };
  return {
    available: false,
    reason: 'its modules are not built (in a clone: npm run build:modules in packages/backend-wasm)',
  };
}
