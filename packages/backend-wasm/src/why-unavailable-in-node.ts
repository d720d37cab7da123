import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { threadsFromEnvironment } from '@st/backend-native/kit';

/** Why the back end cannot run in this Node, and how to fix that; undefined if it can. Never throws. */
export function whyUnavailableInNode(): string | undefined {
  try {
    threadsFromEnvironment('@st/backend-wasm');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const module = fileURLToPath(new URL('../modules/st-simd.wasm', import.meta.url));
  return existsSync(module)
    ? undefined
    : 'its modules are not built (in a clone: npm run build:modules in packages/backend-wasm)';
}
