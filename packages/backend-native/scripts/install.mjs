// Makes the native module ready: a prebuilt one, else one built here with node-gyp, else none. Never fails an installation:
// without a module the package still imports, and says that the back end is not available.
//
//   node scripts/install.mjs             what npm and pnpm run on install; does nothing when the module is up to date
//   node scripts/install.mjs --force     builds in any case
//   node scripts/install.mjs --prebuild  builds, and copies the result to prebuilds/, which is looked up first
//   node scripts/install.mjs --into DIR  builds there and leaves the package's folder alone (for sanitizer builds:
//                                        ST_NATIVE_SANITIZE=address,undefined)
//
// ST_NATIVE_SKIP_BUILD=1 leaves it out; ST_NATIVE_CACHE names the folder used where the package's own is not writable.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceHash } from './source-hash.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const say = (line) => console.log(`[@st/backend-native] ${line}`);
const platform = () => {
  const musl = process.platform === 'linux' && !process.report?.getReport().header.glibcVersionRuntime;
  return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
};
const prebuilt = join(root, 'prebuilds', platform(), 'st_native.node');
const builtIn = (folder) => join(folder, 'build', 'Release', 'st_native.node');
const hashOf = (folder) => join(folder, 'build', 'Release', 'st_native.hash');

function isCurrent(folder, hash) {
  return existsSync(builtIn(folder)) && existsSync(hashOf(folder)) && readFileSync(hashOf(folder), 'utf8') === hash;
}

/** Whether a build can leave its files there; tried, since permissions alone do not tell (read-only mounts, root). */
function isWritable(folder) {
  try {
    const probe = join(folder, 'build', '.st-write-probe');
    mkdirSync(dirname(probe), { recursive: true });
    writeFileSync(probe, '');
    rmSync(probe);
    return true;
  } catch {
    return false;
  }
}

const cache = () =>
  join(process.env.ST_NATIVE_CACHE ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'st-backend-native');

/** Where the module is built when the package's own folder cannot be written; the loader looks there too. */
const cacheFolder = () => join(cache(), `${version}-${platform()}`);

/** Where a built module is kept by the hash of its sources, so that installing the same package again takes a moment. */
const stored = (hash) => join(cache(), 'modules', `${hash}-${platform()}.node`);

/** Puts the stored module of these sources into a folder, if there is one. */
function restore(hash, folder) {
  if (!existsSync(stored(hash))) return false;
  mkdirSync(dirname(builtIn(folder)), { recursive: true });
  rmSync(builtIn(folder), { force: true }); // a process may have the old one mapped: its file must not change
  copyFileSync(stored(hash), builtIn(folder));
  writeFileSync(hashOf(folder), hash);
  return true;
}

/** Keeps a module for later installations; one that cannot be kept is no loss. */
function store(hash, folder) {
  try {
    mkdirSync(dirname(stored(hash)), { recursive: true });
    // Another installation may do the same now: the name appears when the file is whole.
    const partial = `${stored(hash)}.${process.pid}`;
    copyFileSync(builtIn(folder), partial);
    renameSync(partial, stored(hash));
  } catch {}
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

function build(folder, hash) {
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
  writeFileSync(hashOf(folder), hash);
  return undefined;
}

function main(args) {
  const flags = new Set(args);
  const into = args[args.indexOf('--into') + 1];
  const elsewhere = flags.has('--into') && into !== undefined ? resolve(into) : undefined;
  const forced = flags.has('--force') || flags.has('--prebuild') || elsewhere !== undefined;
  if (process.env.ST_NATIVE_SKIP_BUILD === '1' && !forced) return say('not built: ST_NATIVE_SKIP_BUILD is 1.');
  if (existsSync(prebuilt) && !forced) return undefined;
  const hash = sourceHash();
  const folder = elsewhere ?? (isWritable(root) ? root : cacheFolder());
  if (isCurrent(folder, hash) && !forced) return undefined;
  const rest = 'Other TensorFlow.js back ends work as before.';
  if (folder !== root && !isWritable(folder)) {
    return say(
      `not built: neither the package's folder nor ${folder} can be written (ST_NATIVE_CACHE names another). ${rest}`,
    );
  }
  if (!forced && restore(hash, folder)) return say(`taken from ${stored(hash)}, built before from the same sources.`);
  if (!hasCompiler()) return say(`not built: no C++ compiler and make in PATH. ${rest}`);
  const problem = build(folder, hash);
  if (problem) {
    if (forced) process.exitCode = 1;
    return say(`not built: ${problem}. ${rest}`);
  }
  if (elsewhere === undefined) store(hash, folder);
  if (flags.has('--prebuild')) {
    mkdirSync(dirname(prebuilt), { recursive: true });
    copyFileSync(builtIn(folder), prebuilt);
  }
  return say(`built for ${platform()}.`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  say(`not built: ${error instanceof Error ? error.message : error}`);
}
