import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whether the back end can be used here; `reason` says why not, and how to fix that. Never throws. */
export function wasmAvailable(): { readonly available: true } | { readonly available: false; readonly reason: string } {
  const module = fileURLToPath(new URL('../modules/st-simd.wasm', import.meta.url));
  if (existsSync(module)) return { available: true };
  return {
    available: false,
    reason: 'its modules are not built (in a clone: npm run build:modules in packages/backend-wasm)',
  };
}
