import { registerEngine } from '@st/backend-native/kit';
import type { Platform } from './platform.ts';
import { startEngine, type WasmEngine } from './start-engine.ts';

/** The name under which the back end is registered. */
export const BACKEND_NAME = 'st-wasm';

/** Before `cpu` and tfjs's `wasm`. */
const PRIORITY = 2;

let running: WasmEngine | undefined;

/** The running module; undefined until the back end is first chosen. */
export function runningEngine(): WasmEngine | undefined {
  return running;
}

/** Registers the back end with tfjs, once. The module starts when the back end is first chosen; `threads` then gives their number, 0 for one a core. */
export function registerWasm(platform: Platform, threads: () => number): void {
  registerEngine(BACKEND_NAME, PRIORITY, async () => {
    running = await startEngine(platform, threads());
    return running;
  });
}
