// Provides the native module: a prebuilt one, else one built here with node-gyp, else none. Never makes an installation fail:
// without a module the package can still be imported and reports that the back end is not available.
//
//   node scripts/install.mjs             run by npm and pnpm on install; does nothing if the module is up to date
//   node scripts/install.mjs --force     always builds
//   node scripts/install.mjs --prebuild  builds, and copies the result to prebuilds/, which is searched first
//   node scripts/install.mjs --into DIR  builds in DIR and does not touch the package's folder (for sanitizer builds:
//                                        ST_NATIVE_SANITIZE=address,undefined)
//
// ST_NATIVE_SKIP_BUILD=1 skips the build. ST_NATIVE_CACHE is the absolute path of the folder used if the package's own is not
// writable.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKey } from './build-key.mjs';
import { digestOf, isWhole, ownBuildFolder, platform, readStamp, stampOf, whyUntrusted } from './module-file.mjs';
import { findStored, store } from './stored-modules.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const say = (line) => console.log(`[@st/backend-native] ${line}`);
const prebuilt = join(root, 'prebuilds', platform(), 'st_native.node');
const builtIn = (folder) => join(folder, 'build', 'Release', 'st_native.node');

/** True if the module was built from these sources with these settings, and is intact; a damaged one is built again. */
function isCurrent(folder, key) {
  return existsSync(builtIn(folder)) && readStamp(builtIn(folder))?.key === key && isWhole(builtIn(folder));
}

/** A prebuilt module without a stamp is accepted. */
const isUsable = (module) => existsSync(module) && (readStamp(module) === undefined || isWhole(module));

const stamp = (module, key, bytes) => writeFileSync(stampOf(module), `${key}\n${digestOf(bytes)}\n`);

/** True if a build can write there; tried, because permissions alone are not enough (read-only mounts, root). */
function isWritable(folder) {
  try {
    const probe = join(folder, 'build', '.st-write-probe');
    // Only its user can access the cache folder; the package's own folder exists already.
    mkdirSync(dirname(probe), { recursive: true, mode: folder === root ? 0o777 : 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a module into a folder. A process may have mapped the old file, which must not change: the new file replaces it by
 * renaming.
 */
function place(folder, key, bytes) {
  const module = builtIn(folder);
  mkdirSync(dirname(module), { recursive: true });
  const partial = `${module}.${process.pid}`;
  writeFileSync(partial, bytes, { mode: 0o755 });
  renameSync(partial, module);
  stamp(module, key, bytes);
}

function onPath(command) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = process.platform === 'win32' ? [`${command}.cmd`, `${command}.exe`] : [command];
  for (const folder of folders) for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  return undefined;
}

function hasCompiler() {
  if (process.platform === 'win32') return true; // node-gyp finds Visual Studio by itself, or says that there is none
  const wanted = process.env.CXX?.split(' ')[0];
  if (wanted && (existsSync(wanted) || onPath(wanted))) return true;
  return !wanted && ['c++', 'g++', 'clang++'].some(onPath) && onPath('make') !== undefined;
}

/** The command of node-gyp: the one that npm or pnpm names, the one in PATH, or the one that npm contains. */
function nodeGyp() {
  const fromNpm = process.env.npm_config_node_gyp;
  if (fromNpm && existsSync(fromNpm)) return [process.execPath, fromNpm];
  const bundled = 'node_modules/npm/node_modules/node-gyp/bin/node-gyp.js';
  for (const folder of [resolve(dirname(process.execPath), '../lib'), dirname(process.execPath)]) {
    if (existsSync(join(folder, bundled))) return [process.execPath, join(folder, bundled)];
  }
  const found = onPath('node-gyp');
  return found && [found];
}

/** Node's own headers, if they are installed beside Node: node-gyp then downloads nothing. */
function headers() {
  const prefix = resolve(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** Builds in a folder; returns the problem as text, or undefined. */
function build(folder, key) {
  const gyp = nodeGyp();
  if (!gyp) return 'node-gyp was not found';
  if (folder !== root) {
    for (const part of ['binding.gyp', 'package.json', 'native', 'scripts']) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
  }
  const extra = process.env.ST_NATIVE_SANITIZE ? [`--sanitize=${process.env.ST_NATIVE_SANITIZE}`] : [];
  const [command, ...before] = gyp;
  const run = spawnSync(command, [...before, 'configure', 'build', '--release', '-j', 'max', ...headers(), ...extra], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  const log = `${run.stdout ?? ''}${run.stderr ?? ''}`;
  mkdirSync(join(folder, 'build'), { recursive: true });
  writeFileSync(join(folder, 'build', 'st_native.log'), log);
  if (run.status !== 0) {
    const line =
      log.split('\n').find((text) => /error:|gyp ERR! stack|fatal/i.test(text)) ??
      String(run.error ?? `exit ${run.status}`);
    return `${line.trim().slice(0, 200)} (log: ${join(folder, 'build', 'st_native.log')})`;
  }
  if (folder !== root) chmodSync(builtIn(folder), 0o755);
  stamp(builtIn(folder), key, readFileSync(builtIn(folder)));
  return undefined;
}

function main(args) {
  const flags = new Set(args);
  const into = args[args.indexOf('--into') + 1];
  const elsewhere = flags.has('--into') && into !== undefined ? resolve(into) : undefined;
  const forced = flags.has('--force') || flags.has('--prebuild') || elsewhere !== undefined;
  if (process.env.ST_NATIVE_SKIP_BUILD === '1' && !forced) return say('not built: ST_NATIVE_SKIP_BUILD is 1.');
  if (isUsable(prebuilt) && !forced) return undefined;
  const key = buildKey();
  const isSanitized = Boolean(process.env.ST_NATIVE_SANITIZE);
  const folder = elsewhere ?? (isWritable(root) ? root : ownBuildFolder(version));
  if (!forced && isCurrent(folder, key)) return undefined;
  if (process.env.ST_NATIVE_CACHE && !isAbsolute(process.env.ST_NATIVE_CACHE)) {
    say(`ST_NATIVE_CACHE is left out: '${process.env.ST_NATIVE_CACHE}' is no absolute path.`);
  }
  const rest = 'Other TensorFlow.js back ends work as before.';
  if (folder !== root && !isWritable(folder)) {
    return say(
      `not built: neither the package's folder nor ${folder} can be written (ST_NATIVE_CACHE names another). ${rest}`,
    );
  }
  const untrusted = folder === ownBuildFolder(version) ? whyUntrusted(folder) : undefined;
  if (untrusted) return say(`not built: ${untrusted}. ${rest}`);
  const { bytes, path, refused } = forced || isSanitized ? {} : findStored(key);
  if (refused) say(`not taken from the cache: ${refused}.`);
  if (bytes) {
    place(folder, key, bytes);
    return say(`taken from ${path}, built before from the same sources.`);
  }
  if (!hasCompiler()) return say(`not built: no C++ compiler and make in PATH. ${rest}`);
  const problem = build(folder, key);
  if (problem) {
    if (forced) process.exitCode = 1;
    return say(`not built: ${problem}. ${rest}`);
  }
  if (elsewhere === undefined && !isSanitized) store(key, readFileSync(builtIn(folder)));
  if (flags.has('--prebuild')) {
    mkdirSync(dirname(prebuilt), { recursive: true });
    copyFileSync(builtIn(folder), prebuilt);
    copyFileSync(stampOf(builtIn(folder)), stampOf(prebuilt));
  }
  return say(`built for ${platform()}.`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  say(`not built: ${error instanceof Error ? error.message : error}`);
}
