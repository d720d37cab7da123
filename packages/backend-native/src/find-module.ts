import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { isWhole, ownBuildFolder, platform, readStamp, whyUntrusted } from '../scripts/module-file.mjs';
import { whyNotForThisMachine } from './module-machine.ts';

const BUILD = 'Run `npx st-build-native` to build one, or use another back end.';

type Found = { readonly path: string } | { readonly path?: never; readonly reason: string };

/**
 * The first intact module of these: the file named by ST_NATIVE_ADDON, the build in the package's folder `root`, the build in the cache folder,
 * that of the platform's package, an optional dependency. `whyNotLoaded` loads one, and says why it cannot be used; then the next one is tried.
 */
export function findModule(root: string, whyNotLoaded: (path: string) => string | undefined = () => undefined): Found {
  const forced = process.env.ST_NATIVE_ADDON;
  if (forced) {
    const path = resolve(forced);
    const reason = existsSync(path)
      ? (whyUnusable(path) ?? whyNotLoaded(path))
      : `ST_NATIVE_ADDON names ${path}, which does not exist.`;
    return reason === undefined ? { path } : { reason };
  }
  const built = join('build', 'st_native.node');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cached = join(ownBuildFolder(version), built);
  const candidates = [join(root, built), cached, moduleOfPlatform(root)].filter((path) => path !== undefined);
  const reasons: string[] = [];
  for (const path of candidates.filter((file) => existsSync(file))) {
    const reason = (path === cached ? whyUntrusted(path) : undefined) ?? whyUnusable(path) ?? whyNotLoaded(path);
    if (reason === undefined) return { path };
    reasons.push(reason);
  }
  if (reasons.length > 0)
    return {
      reason: `no native module can be used: ${reasons.map((reason) => reason.replace(/\.$/, '')).join('; ')}. ${BUILD}`,
    };
  return {
    reason: `no native module for ${platform()}: neither ${platformPackage()} is installed nor was one built here. ${BUILD}`,
  };
}

const platformPackage = () => `@st/backend-native-${platform()}`;

/** The module in the package for this platform, an optional dependency; undefined if it is not installed. */
function moduleOfPlatform(root: string): string | undefined {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve(`${platformPackage()}/package.json`);
    return join(dirname(manifest), 'st_native.node');
  } catch {
    return undefined;
  }
}

function whyUnusable(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return `${path} is not a file`;
    return whyDamaged(path) ?? whyNotForThisMachine(path);
  } catch (error) {
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Loading a truncated or modified file can crash the process. A file with a stamp is verified by its digest, others are first
 * loaded in another process.
 */
function whyDamaged(path: string): string | undefined {
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
