import { type Addon, type Engine, INTERFACE_VERSION, releaseMemory } from '@st/backend-native/kit';
import { CallFrame } from './call-frame.ts';
import { type LinearAddon, LinearMemory } from './linear-memory.ts';
import { builtFromOtherSources, checkedExports, type ModuleExports, moduleImports } from './module-exports.ts';
import type { Platform } from './platform.ts';
import { hasRelaxedSimd } from './relaxed-simd.ts';
import { ThreadWorkers } from './thread-workers.ts';

const WASM_PAGE = 65_536;
/** Enough for the module's data and its first arrays. */
const FIRST_PAGES = (64 * 2 ** 20) / WASM_PAGE;
/** Sizes to which the memory may grow, largest first: some systems reserve addresses for less. */
const MOST_PAGES = [65_536, 32_768, 16_384, 8192];

/** The running module: its functions, its memory, and its threads. */
export type WasmEngine = Engine & { readonly memory: LinearMemory; readonly workers: ThreadWorkers };

/** Compiles and starts the module that this engine runs fastest, with `threads` threads, this one included; 0 is one a core. */
export async function startEngine(platform: Platform, threads: number): Promise<WasmEngine> {
  const module = await platform.readModule(hasRelaxedSimd() ? 'relaxed-simd' : 'simd');
  const { memory, pages } = createMemory();
  const instance = await WebAssembly.instantiate(module, moduleImports(memory)).catch((error: unknown) => {
    throw error instanceof WebAssembly.LinkError || error instanceof TypeError ? builtFromOtherSources(error) : error;
  });
  const exports = checkedExports(instance.exports);
  exports.__wasm_call_ctors();
  exports.setMayBlock(platform.mayBlock ? 1 : 0);
  exports.setMemoryLimit(pages * WASM_PAGE);
  exports.setCoreCount(platform.cores);
  exports.initialize();
  const workers = new ThreadWorkers(platform, { module, memory, exports });
  const engine = engineOf({ exports, memory, mostBytes: pages * WASM_PAGE, workers });
  if (engine.addon.interfaceVersion() !== INTERFACE_VERSION) throw builtFromOtherSources();
  await workers.ensure(workers.wanted(threads) - 1);
  engine.addon.setThreads(threads);
  return engine;
}

function createMemory(): { memory: WebAssembly.Memory; pages: number } {
  for (const pages of MOST_PAGES) {
    try {
      return { memory: new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: pages, shared: true }), pages };
    } catch (error) {
      if (!(error instanceof RangeError) || pages === MOST_PAGES.at(-1)) throw error;
    }
  }
  throw new RangeError('[@st/backend-wasm] no memory can be had.');
}

type EngineParts = {
  readonly exports: ModuleExports;
  readonly memory: WebAssembly.Memory;
  readonly mostBytes: number;
  readonly workers: ThreadWorkers;
};

function engineOf({ exports, memory, mostBytes, workers }: EngineParts): WasmEngine {
  const functions: Record<string, (...args: unknown[]) => unknown> = {};
  // The names and arguments of the entry points are those of `Addon` of this version, except for memory, which only `LinearMemory` uses.
  const addon = functions as unknown as Addon;
  const linear = new LinearMemory({
    ...{ memory, mostBytes, addon: functions as unknown as LinearAddon },
    releaseFree: releaseMemory,
  });
  const frame = new CallFrame({ exports, memory, mostBytes, isInMemory: (array) => linear.holds(array) });
  for (const [index, name] of frame.names.entries()) functions[name] = (...args) => frame.call(index, args);
  const setThreads = functions.setThreads as (count: number) => void;
  functions.setThreads = (count) => {
    setThreads(workers.available(count as number));
  };
  return { addon, memory: linear, workers };
}
