// The Node versions and package managers with which the packages are tried, and the newest TypeScript: all from npm, in a cache folder of the workspace. Only
// what is newer than last time is downloaded.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../install.mjs';
import { runCommand } from './run-command.mjs';

const folder = join(root, 'node_modules', '.cache', 'release-tools');

const HERE = `${process.platform}-${process.arch}`;
const DENO_LIBC = process.platform === 'linux' ? '-glibc' : '';

/** By name: the package that has the tool, and the file in it that runs. */
const TOOLS = {
  'node-20': node(20),
  'node-22': node(22),
  'node-24': node(24),
  'node-newest': node('latest'),
  'npm-10': { spec: 'npm@10', path: 'bin/npm-cli.js' },
  'npm-11': { spec: 'npm@11', path: 'bin/npm-cli.js' },
  'npm-12': { spec: 'npm@12', path: 'bin/npm-cli.js' },
  'pnpm-10': { spec: 'pnpm@10', path: 'bin/pnpm.cjs' },
  'pnpm-newest': { spec: `@pnpm/exe.${HERE}@latest`, path: 'pnpm' },
  bun: { spec: `@oven/bun-${HERE}@latest`, path: 'bin/bun' },
  deno: { spec: `@deno/${HERE}${DENO_LIBC}@latest`, path: 'deno' },
  'typescript-newest': { spec: 'typescript@latest', path: 'bin/tsc' },
};

/** The Node that runs this is not downloaded. */
function node(version) {
  if (process.versions.node.startsWith(`${version}.`)) return { file: process.execPath };
  return { spec: `node-${HERE}@${version}`, path: 'bin/node' };
}

/** Downloads these tools; returns `{ file, version }` of each by its name. */
export async function fetchTools(names) {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const specs = names.filter((name) => TOOLS[name].spec).map((name) => `${name}@npm:${TOOLS[name].spec}`);
  await runCommand('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...specs], { cwd: folder });
  return Object.fromEntries(names.map((name) => [name, installedTool(name)]));
}

function installedTool(name) {
  const { file, path } = TOOLS[name];
  if (file) return { file, version: process.versions.node };
  const at = join(folder, 'node_modules', name);
  return { file: join(at, path), version: JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')).version };
}

/** The environment of a user with this Node and home folder: without the settings that `npm run` hands to its scripts. */
export function userEnvironment(home, nodeFile) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const path = [dirname(nodeFile), process.env.PATH].join(delimiter);
  return { ...Object.fromEntries(kept), HOME: home, PATH: path, NO_COLOR: '1' };
}
