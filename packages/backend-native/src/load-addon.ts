import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { isWhole, ownBuildFolder, platform, readStamp, whyUntrusted } from '../scripts/module-file.mjs';
import { type Addon, INTERFACE_VERSION } from './addon.ts';
import { MOST_THREADS, threadsFromEnvironment } from './thread-count.ts';

/** The native module, or the reason why there is none. */
export type LoadedAddon =
  | { readonly addon: Addon; readonly path: string }
  | { readonly addon?: never; readonly reason: string };

const BUILD = 'Run `npm rebuild @st/backend-native` to build one, or use another back end.';

/**
 * Loads the first intact native module of these: the file named by ST_NATIVE_ADDON, `prebuilds/`, the build in the package's
 * folder, the build in the cache folder. Never throws, and never loads a file that could crash the process.
 */
export function loadAddon(): LoadedAddon {
  try {
    checkInstructionSet();
    const found = findModule(fileURLToPath(new URL('../', import.meta.url)));
    if (found.path === undefined) return found;
    const { path } = found;
    const addon = createRequire(import.meta.url)(path) as Addon;
    if (addon.interfaceVersion?.() !== INTERFACE_VERSION) {
      return {
        reason: `${path} was built from other sources. Run \`npm rebuild @st/backend-native\` to build it again.`,
      };
    }
    // The thread pool belongs to the process: worker threads that load the module later do not change its size.
    if (isMainThread)
      addon.setThreads(threadsFromEnvironment('@st/backend-native') ?? Math.min(MOST_THREADS, availableParallelism()));
    return { addon, path };
  } catch (error) {
    return { reason: `the native module does not load: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Found = { readonly path: string } | { readonly path?: never; readonly reason: string };

function findModule(root: string): Found {
  const forced = process.env.ST_NATIVE_ADDON;
  if (forced) {
    const path = resolve(forced);
    const reason = existsSync(path) ? whyUnusable(path) : `ST_NATIVE_ADDON names ${path}, which does not exist.`;
    return reason === undefined ? { path } : { reason };
  }
  const built = join('build', 'Release', 'st_native.node');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cached = join(ownBuildFolder(version), built);
  const candidates = [join(root, 'prebuilds', platform(), 'st_native.node'), join(root, built), cached];
  const reasons: string[] = [];
  for (const path of candidates.filter((file) => existsSync(file))) {
    const reason = (path === cached ? whyUntrusted(path) : undefined) ?? whyUnusable(path);
    if (reason === undefined) return { path };
    reasons.push(reason);
  }
  if (reasons.length > 0) return { reason: `no native module can be used: ${reasons.join('; ')}. ${BUILD}` };
  return {
    reason:
      `no native module for ${platform()}: none is prebuilt and none was built on install (it takes a C++17 compiler and make). ` +
      BUILD,
  };
}

/**
 * Loading a truncated or modified file can crash the process. A file with a stamp is verified by its digest, others are first
 * loaded in another process.
 */
function whyUnusable(path: string): string | undefined {
  if (readStamp(path) !== undefined) return isWhole(path) ? undefined : `${path} is damaged`;
  if (!path.endsWith('.node')) return undefined;
  const { error, signal } = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(path)})`], {
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return error === undefined && signal !== null
    ? `${path} is damaged: loading it ends the process (${signal})`
    : undefined;
}

const INSTRUCTION_SETS = ['baseline', 'avx2', 'avx512'];

/** The native module ignores unknown values of the variable. */
function checkInstructionSet(requested = process.env.ST_NATIVE_ISA): void {
  if (!requested || INSTRUCTION_SETS.includes(requested)) return;
  throw new RangeError(
    `[@st/backend-native] ST_NATIVE_ISA must be 'baseline', 'avx2' or 'avx512', got '${requested.slice(0, 40)}'.`,
  );
}
