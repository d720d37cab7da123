import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Addon } from './addon.ts';
import { MOST_THREADS, threadsFromEnvironment } from './threads-from-environment.ts';

/** What native/addon/runtime-entries.cc counts. */
const INTERFACE_VERSION = 4;

/** The module, or why there is none. */
export type LoadedAddon =
  | { readonly addon: Addon; readonly path: string }
  | { readonly addon?: never; readonly reason: string };

/**
 * Loads the native module from the first of these that exists: the file that ST_NATIVE_ADDON names, `prebuilds/`, what was
 * built in the package's folder, what was built in the cache folder. Never throws.
 */
export function loadAddon(): LoadedAddon {
  try {
    const root = fileURLToPath(new URL('../', import.meta.url));
    const path = candidates(root).find((file) => existsSync(file));
    if (path === undefined) {
      return {
        reason:
          `no native module for ${platform()}: none is prebuilt and none was built on install (it takes a C++17 compiler and make). ` +
          'Run `npm rebuild @st/backend-native` to build one, or use another back end.',
      };
    }
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

function candidates(root: string): string[] {
  const forced = process.env.ST_NATIVE_ADDON;
  if (forced) return [forced];
  const built = join('build', 'Release', 'st_native.node');
  return [join(root, 'prebuilds', platform(), 'st_native.node'), join(root, built), join(cacheFolder(root), built)];
}

/** As scripts/install.mjs has it. */
function cacheFolder(root: string): string {
  const base = process.env.ST_NATIVE_CACHE ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return join(base, 'st-backend-native', `${version}-${platform()}`);
}

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64` ...: what a binary depends on beside the stable ABI. */
function platform(): string {
  return `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined;
}
