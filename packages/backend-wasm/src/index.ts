/**
 * A TensorFlow.js back end in WebAssembly: `import '@st/backend-wasm'; await tf.setBackend('st-wasm')`.
 * @packageDocumentation
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { nodePlatform } from './node-platform.ts';
import { registerWasm } from './register.ts';
import type { WasmAvailability } from './wasm-availability.ts';

export { getThreads, instructionSet, setThreads } from './threads.ts';
export type { WasmAvailability } from './wasm-availability.ts';

/** Whether the back end can be used here; `reason` says why not, and how to fix that. Never throws. */
export function wasmAvailable(): WasmAvailability {
  const module = fileURLToPath(new URL('../modules/st-simd.wasm', import.meta.url));
  if (existsSync(module)) return { available: true };
  return { available: false, reason: 'its modules are not built (npm run build:modules in @st/backend-wasm)' };
}

registerWasm(nodePlatform, Number(process.env.ST_NUM_THREADS) || nodePlatform.cores);
