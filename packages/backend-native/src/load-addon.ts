import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { type Addon, INTERFACE_VERSION } from './addon.ts';
import { findModule } from './find-module.ts';
import { MOST_THREADS, threadsFromEnvironment } from './thread-count.ts';

/** The native module, or the reason why there is none. */
export type LoadedAddon =
  | { readonly addon: Addon; readonly path: string }
  | { readonly addon?: never; readonly reason: string };

/** Loads the native module that `findModule` finds. Never throws, and never loads a file that could crash the process. */
export function loadAddon(): LoadedAddon {
  try {
    checkInstructionSet();
    const threads = threadsFromEnvironment('@st/backend-native') ?? Math.min(MOST_THREADS, availableParallelism());
    const addons = new Map<string, Addon>();
    const found = findModule(fileURLToPath(new URL('../', import.meta.url)), (path) => {
      const { addon, reason } = loadFile(path);
      if (addon) addons.set(path, addon);
      return reason;
    });
    if (found.path === undefined) return found;
    const addon = addons.get(found.path) as Addon;
    // The thread pool belongs to the process: worker threads that load the module later do not change its size.
    if (isMainThread) addon.setThreads(threads);
    return { addon, path: found.path };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function loadFile(path: string): { readonly addon?: Addon; readonly reason?: string } {
  try {
    const addon = createRequire(import.meta.url)(path) as Addon;
    if (addon.interfaceVersion?.() === INTERFACE_VERSION) return { addon };
    return {
      reason: `${path} was built from other sources. Install the same version of every @st package, or run \`npx st-build-native\`.`,
    };
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n', 1);
    return { reason: `the native module does not load: ${line.includes(path) ? line : `${path}: ${line}`}` };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const INSTRUCTION_SETS = ['baseline', 'avx2', 'avx512'];

/** The native module ignores unknown values of the variable. */
function checkInstructionSet(requested = process.env.ST_NATIVE_ISA): void {
  if (!requested || INSTRUCTION_SETS.includes(requested)) return;
  throw new RangeError(
    `[@st/backend-native] ST_NATIVE_ISA must be 'baseline', 'avx2' or 'avx512', got '${requested.slice(0, 40)}'.`,
  );
}
