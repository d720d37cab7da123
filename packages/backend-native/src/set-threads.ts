import { loadedAddon } from './native-available.ts';
import { checkThreadCount } from './thread-count.ts';

/**
 * Sets the number of threads of the kernels, this one included; 0 means one per core, the default unless ST_NUM_THREADS is set.
 * Results do not depend on it. All worker threads of the process share the pool.
 * @throws {RangeError} unless `count` is an integer in [0, 64].
 * @throws {Error} if the native module is missing.
 */
export function setThreads(count: number): void {
  checkThreadCount('[@st/backend-native] setThreads', count);
  addonOrThrow('setThreads').setThreads(count);
}

/** The number of threads of the kernels. @throws {Error} if the native module is missing. */
export function getThreads(): number {
  return addonOrThrow('getThreads').getThreads();
}

/** The instruction set in use: 'avx512', 'avx2' or 'baseline'. @throws {Error} if the native module is missing. */
export function instructionSet(): string {
  return addonOrThrow('instructionSet').instructionSet();
}

/**
 * The machine's peak rate of fused multiply-adds with the current number of threads, in floating-point operations per second (two
 * each); the speed of a kernel is a fraction of it. Each call measures it again, which takes about a second.
 * @throws {Error} if the native module is missing.
 */
export function fmaPeak(): number {
  return addonOrThrow('fmaPeak').fmaPeak();
}

function addonOrThrow(where: string) {
  const loaded = loadedAddon();
  if (!loaded.addon) throw new Error(`[@st/backend-native] ${where}: ${loaded.reason}`);
  return loaded.addon;
}
