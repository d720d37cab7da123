import { checkThreadCount } from '@st/backend-native/kit';
import { BACKEND_NAME, runningEngine } from './register.ts';
import type { WasmEngine } from './start-engine.ts';

/**
 * Sets the number of threads of the kernels, this one included; 0 means one per core, the default unless ST_NUM_THREADS is set. Results do
 * not depend on it. In a browser new threads need the event loop: `await` it. Where there are no threads, one stays.
 * @throws {RangeError} unless `count` is an integer in [0, 64].
 * @throws {Error} before the back end is chosen.
 */
export async function setThreads(count: number): Promise<void> {
  checkThreadCount('[@st/backend-wasm] setThreads', count);
  const { addon, workers } = engineOrThrow('setThreads');
  await workers.ensure(workers.wanted(count) - 1);
  addon.setThreads(count);
}

/**
 * How the kernels run: `threads`, this one included; `instructionSet`, 'relaxed-simd' (with fused multiply-add) or 'simd'; `whyOneThread`,
 * undefined where there can be more: for a page, the headers with which it must be served; `memoryBytes`, the size of WebAssembly's memory, which
 * grows up to `mostMemoryBytes`.
 * @throws {Error} before the back end is chosen.
 */
export function wasmStatus(): {
  readonly threads: number;
  readonly instructionSet: string;
  readonly whyOneThread: string | undefined;
  readonly memoryBytes: number;
  readonly mostMemoryBytes: number;
} {
  const { addon, memory, workers } = engineOrThrow('wasmStatus');
  return {
    threads: addon.getThreads(),
    instructionSet: addon.instructionSet(),
    whyOneThread: workers.whyNone,
    memoryBytes: memory.bytes,
    mostMemoryBytes: memory.mostBytes,
  };
}

function engineOrThrow(where: string): WasmEngine {
  const engine = runningEngine();
  if (engine === undefined) {
    throw new Error(
      `[@st/backend-wasm] ${where}: the back end does not run yet: first await tf.setBackend('${BACKEND_NAME}').`,
    );
  }
  return engine;
}
