// Fetches pnpm and installs the workspace, so that `npm start` and `npm test` need only Node and npm.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceHash } from '../packages/backend-native/scripts/compile/sources.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The pnpm that is fetched through npx if the machine has no pnpm 10. */
const PNPM = 'pnpm@10.34.9';
const STAMP = join(root, 'node_modules', '.st-installed');

/** Installs if any input of the installation has changed since the last time; otherwise takes milliseconds. */
export function ensureInstalled() {
  requireNode();
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('Installing (once; later starts take seconds) ...');
  pnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']);
  if (!buildNativeModule()) buildWasmModules();
  writeFileSync(STAMP, wanted);
}

/** Builds the native module with the compiler that npm fetches, or the system's; false if there is neither, or ST_NATIVE_SKIP_BUILD is 1. */
function buildNativeModule() {
  if (process.env.ST_NATIVE_SKIP_BUILD === '1') return false;
  console.log('Building the native module (once, a few minutes; ST_NATIVE_SKIP_BUILD=1 leaves it out) ...');
  const script = join('packages', 'backend-native', 'scripts', 'build.mjs');
  return spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' }).status === 0;
}

/**
 * Without a native module its kernels are compiled to WebAssembly. It is not done elsewhere, because it takes minutes and nothing but tests
 * would use the result.
 */
function buildWasmModules() {
  console.log('Compiling the kernels to WebAssembly instead (once, a few minutes) ...');
  run(process.execPath, [join('packages', 'backend-wasm', 'scripts', 'build-modules.mjs')]);
}

/** Runs pnpm in the root; ends the process with its exit code if it fails. */
export function pnpm(args) {
  const [command, ...first] = hasPnpm10() ? ['pnpm'] : ['npx', '--yes', PNPM];
  run(command, [...first, ...args]);
}

/** Runs a command in the root with inherited output; ends the process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (error) console.error(`Could not run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? (signal ? 1 : 127));
}

/** Arguments for `node` that run TypeScript sources, with `@st/*` resolved to them. */
export function typescriptArguments(file, rest = []) {
  return ['--import', 'tsx', join(root, file), ...rest];
}

/** What `sourceHash` leaves out and the WebAssembly modules depend on. */
function wasmBuildFiles() {
  const host = join(root, 'packages', 'backend-native', 'native', 'wasm');
  const script = join(root, 'packages', 'backend-wasm', 'scripts', 'build-modules.mjs');
  return [...readdirSync(host).map((name) => join(host, name)), script];
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Node >= 20.19 is needed, this is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

function hasPnpm10() {
  const { status, stdout } = spawnSync('pnpm', ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0 && stdout.trim().startsWith('10.');
}

/** A hash of the inputs of the installation: the lockfile, the workspace, every manifest, the native sources, the Node ABI, the machine, and ST_NATIVE_SKIP_BUILD. */
function fingerprint() {
  const hash = createHash('sha256');
  const isLeftOut = process.env.ST_NATIVE_SKIP_BUILD === '1';
  hash.update(`${process.versions.modules} ${process.platform} ${process.arch} ${isLeftOut} ${sourceHash()}`);
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  for (const file of wasmBuildFiles()) hash.update(readFileSync(file));
  for (const folder of ['.', ...packages, 'conformance', 'apps', 'examples', 'benchmarks', 'testing']) {
    for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
      const path = join(root, folder, file);
      if (existsSync(path)) hash.update(readFileSync(path));
    }
  }
  return hash.digest('hex');
}
