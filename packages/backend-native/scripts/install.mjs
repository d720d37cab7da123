// Makes the native module ready: a prebuilt one, else one built here with node-gyp, else none. Never fails an installation:
// without a module the package still imports, and says that the back end is not available.
//
//   node scripts/install.mjs             what npm and pnpm run on install; does nothing when the module is up to date
//   node scripts/install.mjs --force     builds in any case
//   node scripts/install.mjs --prebuild  builds, and copies the result to prebuilds/, which is looked up first
//   node scripts/install.mjs --into DIR  builds there and leaves the package's folder alone (for sanitizer builds:
//                                        ST_NATIVE_SANITIZE=address,undefined)
//
// ST_NATIVE_SKIP_BUILD=1 leaves it out; ST_NATIVE_CACHE names the folder used where the package's own is not writable, an absolute path.
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

/** Built from these sources in this way, and whole: a damaged one is made again. */
function isCurrent(folder, key) {
  return existsSync(builtIn(folder)) && readStamp(builtIn(folder))?.key === key && isWhole(builtIn(folder));
}

/** A prebuilt module without a stamp is taken as it is. */
const isUsable = (module) => existsSync(module) && (readStamp(module) === undefined || isWhole(module));

const stamp = (module, key, bytes) => writeFileSync(stampOf(module), `${key}\n${digestOf(bytes)}\n`);

/** Whether a build can leave its files there; tried, since permissions alone do not tell (read-only mounts, root). */
function isWritable(folder) {
  try {
    const probe = join(folder, 'build', '.st-write-probe');
    // The cache's folder is its user's alone; the package's own exists already.
    mkdirSync(dirname(probe), { recursive: true, mode: folder === root ? 0o777 : 0o700 });
    writeFileSync(probe, '');
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

/** Puts a module into a folder. A process may have the old one mapped, whose file must not change: the new one takes its name. */
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

/** node-gyp as a command: what npm or pnpm says, what is on the path, or the one that npm brings. */
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

/** Node's own headers, where they are installed beside it: with them node-gyp downloads nothing. */
function headers() {
  const prefix = resolve(dirname(process.execPath), '..');
  return existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** Builds there; gives the problem in words, or undefined. */
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
