import { registerEngine } from '@st/backend-native/kit';
import type { Platform } from './platform.ts';
import { startEngine, type WasmEngine } from './start-engine.ts';

/** The name under which the back end is registered. */
export const BACKEND_NAME = 'st-wasm';

/** Before `cpu` and tfjs's `wasm`. */
const PRIORITY = 2;

let start: () => Promise<WasmEngine> = () => Promise.reject(new Error('[@st/backend-wasm] it is not registered.'));
/** The module that is starting or runs: one, however often and from where it is started. */
let starting: Promise<WasmEngine> | undefined;
let running: WasmEngine | undefined;

/** The running module; undefined until the back end is first chosen, and after `tf.removeBackend`. */
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
  registerWithTfjs();
}

function registerWithTfjs(): void {
  registerEngine(BACKEND_NAME, PRIORITY, async () => {
    const engine = await startOnce();
    running = engine;
    return { ...engine, end: () => end(engine) };
  });
}

/** Starts the module unless it runs or starts already. After a failure the next call tries again. */
function startOnce(): Promise<WasmEngine> {
  starting ??= start().catch((error: unknown) => {
    starting = undefined;
    throw error;
  });
  return starting;
}

/** Ends the threads of a module whose back end tfjs has removed, so that its memory can be collected. */
function end(engine: WasmEngine): void {
  engine.workers.end();
  if (running !== engine) return;
  running = undefined;
  starting = undefined;
}

/** Starts the module unless it runs already, and registers the back end again if `tf.removeBackend` has removed it. */
export async function prepareEngine(): Promise<void> {
  await startOnce();
  registerWithTfjs();
}
