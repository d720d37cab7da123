// The two compilers of the module: Zig's Clang from npm, for every platform, and the system's own, for this machine.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cacheFolder } from '../module-file.mjs';
import { runtimeFlags, runtimeSources } from './cxx-runtime.mjs';
import { findProgram } from './find-program.mjs';
import { PLATFORMS } from './platforms.mjs';
import { nodeHeaders, toolchainFolder, zigLibrary, zigPath, zigRunsHere } from './toolchain.mjs';

/** Only what Node looks up is visible to others: the C++ library inside must not mix with that of Node. */
const EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/**
 * A compiler: `command` with its first arguments, `flags` for each source, `environment`, `arch`, the `runtime` to compile beside the
 * module's sources (`sources` and `flags`), and `linkArguments(folder)`, where the folder may be used for files.
 */
export function zigCompiler(platform) {
  const { target, os, cpu } = PLATFORMS[platform];
  const folder = toolchainFolder();
  const zig = zigPath(folder);
  const library = zigLibrary(folder);
  const headers = nodeHeaders(folder);
  const cache = join(cacheFolder(), 'zig');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const forTarget = ['-target', target];
  return {
    command: [zig, 'c++'],
    environment: { ZIG_LIB_DIR: library, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache },
    arch: cpu,
    flags: [...forTarget, '-g0', `-I${join(headers, 'include')}`],
    runtime: { sources: runtimeSources(library, os), flags: [...forTarget, ...runtimeFlags(library)] },
    linkArguments: (objects) => [...forTarget, '-nostdlib++', '-shared', '-s', ...linkerFlags[os](objects)],
    /** On Windows a module names the functions that it takes from node.exe. */
    prepareLink: os === 'win32' ? (objects) => [zig, 'dlltool', ...importLibrary(headers, objects)] : undefined,
  };
}

const linkerFlags = {
  linux(objects) {
    const script = join(objects, 'exports.map');
    writeFileSync(script, `{ global: ${EXPORTS.join('; ')}; local: *; };\n`);
    return [`-Wl,--version-script=${script}`, '-lunwind'];
  },
  // the install name is by default the path at which the module was built
  darwin: () => ['-Wl,-undefined,dynamic_lookup', '-Wl,-install_name,@rpath/st_native.node'],
  // the linker writes an import library, which nobody needs, among the objects instead of beside the module
  win32: (objects) => [join(objects, 'node.lib'), '-lunwind', `-Wl,--out-implib,${join(objects, 'module.lib')}`],
};

function importLibrary(headers, objects) {
  return ['-m', 'i386:x86-64', '-d', join(headers, 'def', 'node_api.def'), '-l', join(objects, 'node.lib')];
}

/** Path of the system's compiler: CXX, else the first of c++, g++ and clang++ in PATH; undefined if there is none. */
export function findSystemCompiler(environment = process.env) {
  if (process.platform === 'win32') return undefined;
  const [wanted] = wordsOf(environment.CXX);
  return findProgram(wanted ? [wanted] : ['c++', 'g++', 'clang++'], environment);
}

/** The system's compiler, in the same form; throws if there is none. */
export function systemCompiler(environment = process.env) {
  const found = findSystemCompiler(environment);
  if (!found) {
    const missing = environment.CXX
      ? `CXX names ${environment.CXX}, which does not exist`
      : 'there is no C++ compiler in PATH';
    throw new Error(missing);
  }
  const [, ...first] = wordsOf(environment.CXX);
  const sanitize = environment.ST_NATIVE_SANITIZE;
  const sanitizing = sanitize
    ? [`-fsanitize=${sanitize}`, '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g1', '-DST_SANITIZE=1']
    : [];
  const isDarwin = process.platform === 'darwin';
  return {
    command: [found, ...first],
    environment: {},
    arch: process.arch,
    flags: [...systemHeaders(), '-pthread', '-Wno-psabi', ...wordsOf(environment.CXXFLAGS), ...sanitizing],
    linkArguments: () => [
      ...(isDarwin ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread']),
      ...(isDarwin || sanitize ? [] : ['-static-libgcc', '-static-libstdc++']),
      ...wordsOf(environment.LDFLAGS),
      ...(sanitize ? [`-fsanitize=${sanitize}`] : []),
    ],
  };
}

const wordsOf = (text) => (text ?? '').split(/\s+/).filter((word) => word !== '');

/** Node's own headers where they are beside Node, so that nothing is fetched. Elsewhere CXXFLAGS=-I... names their folder. */
function systemHeaders() {
  const beside = resolve(dirname(process.execPath), '..', 'include', 'node');
  if (existsSync(join(beside, 'node_api.h'))) return [`-I${beside}`];
  return zigRunsHere() ? [`-I${join(nodeHeaders(), 'include')}`] : [];
}
