// Fetches from npm what the module is built with: Zig, whose Clang compiles for every platform, and the headers of Node-API. Versions and
// digests are those of scripts/toolchain/package-lock.json. About 110 MB, once; every later build uses the same copy in the cache folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, whyUntrusted } from '../module-file.mjs';
import { root } from './sources.mjs';

const lock = join(root, 'scripts', 'toolchain', 'package-lock.json');

/** The folder, which contains `node_modules`; throws if npm cannot fetch it. */
export function toolchainFolder() {
  if (!zigRunsHere()) throw new Error(`Zig is not locked for ${process.platform}-${process.arch}`);
  const version = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), `toolchain-${version}`);
  if (!existsSync(folder)) fetchInto(folder);
  const untrusted = whyUntrusted(folder);
  if (untrusted) throw new Error(untrusted);
  return folder;
}

/** Fetches beside the folder and renames, so that an interrupted or a concurrent fetch leaves nothing incomplete. */
function fetchInto(folder) {
  mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
  const partial = mkdtempSync(`${folder}-`);
  try {
    cpSync(join(root, 'scripts', 'toolchain'), partial, { recursive: true });
    const { status, error, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: partial,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      env: environmentOf(process.env),
    });
    if (error || status !== 0) throw new Error(`npm could not fetch the compiler: ${reasonOf(error, stderr)}`);
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Without the settings that npm or pnpm pass to scripts: `npm rebuild -g` would install the compiler globally. */
function environmentOf(environment) {
  const isSetting = (name) =>
    /^npm_config_(global|prefix|local_prefix|node_gyp|omit|ignore_scripts|dry_run)$/i.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isSetting(name)));
}

function reasonOf(error, stderr) {
  if (error) return error.message;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'no reason given').trim().slice(0, 200);
}

/** True if the lock file has Zig for this machine: Linux on x64, where every platform's module is built. */
export function zigRunsHere() {
  return `node_modules/@zigc/${process.platform}-${process.arch}` in JSON.parse(readFileSync(lock, 'utf8')).packages;
}

/** Path of Zig for this machine. */
export function zigPath(folder = toolchainFolder()) {
  return join(folder, 'node_modules', '@zigc', `${process.platform}-${process.arch}`, 'bin', 'zig');
}

/** Zig's own sources and headers of C and C++ libraries. */
export const zigLibrary = (folder = toolchainFolder()) => join(folder, 'node_modules', '@zigc', 'lib');

/** The folder of node_api.h, and of the lists of functions that node.exe exports. */
export const nodeHeaders = (folder = toolchainFolder()) => join(folder, 'node_modules', 'node-api-headers');
