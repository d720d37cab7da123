import { described } from './described.ts';
import { loadedAddon } from './native-available.ts';
import { MOST_THREADS } from './threads-from-environment.ts';

/**
 * Sets how many threads the kernels use, this one included; 0 means one a core, which is the start unless ST_NUM_THREADS says
 * otherwise. Results do not depend on it. The pool is shared by all worker threads of the process.
 * @throws {RangeError} unless `count` is an integer in [0, 64].
 * @throws {Error} where the native module is missing.
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > MOST_THREADS) {
    throw new RangeError(
      `[@st/backend-native] setThreads: count must be an integer in [0, ${MOST_THREADS}], 0 for one a core, got ${described(count)}.`,
    );
  }
  addonOrThrow('setThreads').setThreads(count);
}

/** How many threads the kernels use. @throws {Error} where the native module is missing. */
export function getThreads(): number {
  return addonOrThrow('getThreads').getThreads();
}

/** The instruction set in use: 'avx512', 'avx2' or 'baseline'. @throws {Error} where the native module is missing. */
export function instructionSet(): string {
  return addonOrThrow('instructionSet').instructionSet();
}

/**
 * The fused multiply-adds that this machine does with the threads set, in floating-point operations a second (two each): what
 * a kernel's speed is a share of. Measured anew at each call, which takes about a second.
 * @throws {Error} where the native module is missing.
 */
export function fmaPeak(): number {
  return addonOrThrow('fmaPeak').fmaPeak();
}

function addonOrThrow(where: string) {
  const loaded = loadedAddon();
  if (!loaded.addon) throw new Error(`[@st/backend-native] ${where}: ${loaded.reason}`);
  return loaded.addon;
}
