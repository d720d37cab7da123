import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { isWhole, ownBuildFolder, platform, readStamp, whyUntrusted } from '../scripts/module-file.mjs';
import type { Addon } from './addon.ts';
import { MOST_THREADS, threadsFromEnvironment } from './threads-from-environment.ts';

/** What native/addon/runtime-entries.cc counts. */
const INTERFACE_VERSION = 5;

/** The module, or why there is none. */
export type LoadedAddon =
  | { readonly addon: Addon; readonly path: string }
  | { readonly addon?: never; readonly reason: string };

const BUILD = 'Run `npm rebuild @st/backend-native` to build one, or use another back end.';

/**
 * Loads the native module from the first of these that exists and is whole: the file that ST_NATIVE_ADDON names, `prebuilds/`, what
 * was built in the package's folder, what was built in the cache folder. Never throws, and loads no file that could end the process.
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
    // The pool belongs to the process: worker threads that come later leave it as it was set.
    if (isMainThread) addon.setThreads(threadsFromEnvironment() ?? Math.min(MOST_THREADS, availableParallelism()));
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

/** A file that was cut or changed ends the process as it is loaded: its digest tells, or, where it has none, another process tries it. */
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

/** The module itself takes a word that it does not know for none. */
function checkInstructionSet(wanted = process.env.ST_NATIVE_ISA): void {
  if (!wanted || INSTRUCTION_SETS.includes(wanted)) return;
  throw new RangeError(
    `[@st/backend-native] ST_NATIVE_ISA must be 'baseline', 'avx2' or 'avx512', got '${wanted.slice(0, 40)}'.`,
  );
}
