import { registerEngine } from '@st/backend-native/kit';
import type { Platform } from './platform.ts';
import { startEngine, type WasmEngine } from './start-engine.ts';

/** The name under which the back end is registered. */
export const BACKEND_NAME = 'st-wasm';

/** Before `cpu` and tfjs's `wasm`. */
const PRIORITY = 2;

let running: WasmEngine | undefined;
let start: () => Promise<WasmEngine> = () => Promise.reject(new Error('[@st/backend-wasm] it is not registered.'));
/** The module that `prepareEngine` has started, until tfjs takes it. */
let prepared: Promise<WasmEngine> | undefined;

/** The running module; undefined until the back end is first chosen. */
export function runningEngine(): WasmEngine | undefined {
  return running;
}

/** Registers the back end with tfjs, once. The module starts when the back end is first chosen; `threads` then gives their number, 0 for one a core. */
export function registerWasm(platform: Platform, threads: () => number): void {
  start = async () => {
    const why = platform.whyUnavailable();
    if (why !== undefined) throw new Error(why);
    return startEngine(platform, threads());
  };
  registerEngine(BACKEND_NAME, PRIORITY, async () => {
    const starting = prepared ?? start();
    prepared = undefined;
    running = await starting;
    return running;
  });
}

/** Starts the module unless it runs already. After a failure the next call tries again. */
export async function prepareEngine(): Promise<void> {
  if (running) return;
  prepared ??= start();
  try {
    await prepared;
  } catch (error) {
    prepared = undefined;
    throw error;
  }
}
