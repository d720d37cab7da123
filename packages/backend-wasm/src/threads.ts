import { BACKEND_NAME, runningEngine } from './register.ts';
import type { WasmEngine } from './start-engine.ts';

const MOST_THREADS = 64;

/**
 * Sets the number of threads of the kernels, this one included; 0 means one per core, the default unless ST_NUM_THREADS is set. Results do
 * not depend on it. In a browser new threads need the event loop: `await` it. Where there are no threads, one stays.
 * @throws {RangeError} unless `count` is an integer in [0, 64].
 * @throws {Error} before the back end is chosen.
 */
export async function setThreads(count: number): Promise<void> {
  if (!Number.isInteger(count) || count < 0 || count > MOST_THREADS) {
    throw new RangeError(
      `[@st/backend-wasm] setThreads: count must be an integer in [0, ${MOST_THREADS}], 0 for one a core, got ${String(count)}.`,
    );
  }
  const { addon, workers } = engineOrThrow('setThreads');
  await workers.ensure(workers.wanted(count) - 1);
  addon.setThreads(count);
}

/** The number of threads of the kernels. @throws {Error} before the back end is chosen. */
export function getThreads(): number {
  return engineOrThrow('getThreads').addon.getThreads();
}

/** The instruction set in use: 'relaxed-simd' (with fused multiply-add) or 'simd'. @throws {Error} before the back end is chosen. */
export function instructionSet(): string {
  return engineOrThrow('instructionSet').addon.instructionSet();
}

function engineOrThrow(where: string): WasmEngine {
  const engine = runningEngine();
  if (engine === undefined) {
    throw new Error(`[@st/backend-wasm] ${where}: the back end does not run yet: first await tf.setBackend('${BACKEND_NAME}').`);
  }
  return engine;
}
