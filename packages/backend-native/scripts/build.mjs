#!/usr/bin/env node
// Builds the native module from source on this machine. Needed only where no package with a built one exists, or to change the sources.
//
//   npx st-build-native             does nothing if the module is up to date
//   npx st-build-native --force     always builds
//   npx st-build-native --into DIR  builds DIR/build/st_native.node and does not touch the package's folder (for sanitizer builds:
//                                   ST_NATIVE_SANITIZE=address,undefined, by the system's compiler)
//
// The compiler is Zig's Clang, fetched from npm: the module is then that of the published package. CXX=g++ takes the system's compiler, which
// is also taken if Zig cannot be fetched. ST_NATIVE_CACHE is the absolute path of the folder for the compiler, for built modules, and for the
// build if the package's own folder is not writable. Ends with code 1 if there is no module afterwards.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildKey } from './build-key.mjs';
import { compileModule } from './compile/compile-module.mjs';
import { findSystemCompiler, systemCompiler, zigCompiler } from './compile/compilers.mjs';
import { root } from './compile/sources.mjs';
import { zigRunsHere } from './compile/toolchain.mjs';
import { isWhole, ownBuildFolder, platform, readStamp, whyUntrusted, writeStamp } from './module-file.mjs';
import { findStored, store } from './stored-modules.mjs';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const say = (line) => console.log(`[@st/backend-native] ${line}`);
const builtIn = (folder) => join(folder, 'build', 'st_native.node');

/** True if the module was built from these sources with these settings, and is intact; a damaged one is built again. */
function isCurrent(folder, key) {
  return existsSync(builtIn(folder)) && readStamp(builtIn(folder))?.key === key && isWhole(builtIn(folder));
}

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
  writeStamp(module, key);
}

/** True if the build is meant for the system's compiler; Zig brings no sanitizers. */
const wantsSystemCompiler = () => Boolean(process.env.CXX || process.env.ST_NATIVE_SANITIZE) || !zigRunsHere();

/** The compiler, and whether it stands in for Zig, which could not be fetched; throws if there is none. */
function chooseCompiler() {
  if (wantsSystemCompiler()) return { compiler: systemCompiler(), isSubstitute: false };
  try {
    return { compiler: zigCompiler(platform()), isSubstitute: false };
  } catch (error) {
    const found = findSystemCompiler();
    if (!found) throw new Error(`${error.message}, and there is no C++ compiler in PATH`);
    say(`${error.message}: ${found} is taken instead.`);
    return { compiler: systemCompiler(), isSubstitute: true };
  }
}

/** Builds in a folder; throws if that fails. Returns true if the module is the one that the key names, not a substitute's. */
async function build(folder, key) {
  const module = builtIn(folder);
  const partial = `${module}.${process.pid}`;
  const { compiler, isSubstitute } = chooseCompiler();
  try {
    await compileModule({ compiler, out: partial });
    // A process may have mapped the old file, which must not change: the new one replaces it.
    renameSync(partial, module);
  } finally {
    rmSync(partial, { force: true });
  }
  // The next build then tries again to fetch Zig.
  writeStamp(module, isSubstitute ? `${key}-substitute` : key);
  return !isSubstitute;
}

const HELP = `Builds the native module from source.

  npx st-build-native             does nothing if the module is up to date
  npx st-build-native --force     always builds
  npx st-build-native --into DIR  builds DIR/build/st_native.node

CXX=g++ takes the system's compiler instead of Zig's Clang from npm; CXXFLAGS and LDFLAGS are added. ST_NATIVE_CACHE is the absolute path
of the folder for the compiler and for built modules.`;

async function main(args) {
  const { values } = parseArgs({
    args,
    options: { force: { type: 'boolean' }, into: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return console.log(HELP);
  const elsewhere = values.into ? resolve(values.into) : undefined;
  const forced = values.force || elsewhere !== undefined;
  const key = buildKey();
  const isSanitized = Boolean(process.env.ST_NATIVE_SANITIZE);
  const folder = elsewhere ?? (isWritable(root) ? root : ownBuildFolder(version));
  if (!forced && isCurrent(folder, key)) return undefined;
  if (process.env.ST_NATIVE_CACHE && !isAbsolute(process.env.ST_NATIVE_CACHE)) {
    say(`ST_NATIVE_CACHE is left out: '${process.env.ST_NATIVE_CACHE}' is no absolute path.`);
  }
  if (folder !== root && !isWritable(folder)) {
    throw new Error(`neither the package's folder nor ${folder} can be written (ST_NATIVE_CACHE names another)`);
  }
  const untrusted = folder === ownBuildFolder(version) ? whyUntrusted(folder) : undefined;
  if (untrusted) throw new Error(untrusted);
  const { bytes, path, refused } = forced || isSanitized ? {} : findStored(key);
  if (refused) say(`not taken from the cache: ${refused}.`);
  if (bytes) {
    place(folder, key, bytes);
    return say(`taken from ${path}, built before from the same sources.`);
  }
  const isMeant = await build(folder, key);
  if (isMeant && elsewhere === undefined && !isSanitized) store(key, readFileSync(builtIn(folder)));
  return say(`built for ${platform()}.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  say(`not built: ${error instanceof Error ? error.message : error}. Other TensorFlow.js back ends work as before.`);
  process.exitCode = 1;
}
