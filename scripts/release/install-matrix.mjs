// Installs the packed packages in empty projects, with several package managers and without install scripts, and runs `smoke.mjs` in each. Every Node version is
// tried with the npm that it ships, every other package manager once.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { userEnvironment } from './release-tools.mjs';
import { runCommand } from './run-command.mjs';
import { waitForAll } from './wait-for-all.mjs';

const USER_PACKAGES = [
  ...['core', 'losses', 'attacks', 'models', 'data', 'evaluation', 'backend', 'backend-native'].map(
    (name) => `@st/${name}`,
  ),
  ...['core', 'layers'].map((name) => `@tensorflow/tfjs-${name}`),
];
const WEB_PACKAGES = ['@st/backend-wasm', '@tensorflow/tfjs-backend-cpu', '@tensorflow/tfjs-backend-wasm'];
const NPM = ['install', '--no-audit', '--no-fund', '--prefer-offline'];
const ADD = ['add'];

/**
 * `install`: what the manager is called with, before the packages. npm 10 and 11 run install scripts unless told otherwise, the other managers block them. `more`: further packages, for the
 * checks that `checkConsumers` and `checkBundles` make in the first project.
 */
export const ROWS = [
  {
    runtime: 'node-20',
    manager: 'npm-10',
    install: [...NPM, '--ignore-scripts'],
    more: [...WEB_PACKAGES, '@types/node@20'],
  },
  { runtime: 'node-22', manager: 'npm-10', install: [...NPM, '--ignore-scripts'] },
  { runtime: 'node-24', manager: 'npm-11', install: [...NPM, '--ignore-scripts'] },
  { runtime: 'node-newest', manager: 'npm-12', install: NPM },
  { runtime: 'node-22', manager: 'pnpm-10', install: ADD },
  { runtime: 'node-24', manager: 'pnpm-newest', install: ADD },
  { runtime: 'bun', manager: 'bun', install: ADD },
  { runtime: 'deno', manager: 'deno', install: ADD, prefix: 'npm:' },
];

/** The other back ends that the first project has, and that run there too. */
const OTHER_BACKENDS = ['cpu', 'wasm', 'st-wasm'];

const RUN = { deno: ['run', '--allow-all'] };

/**
 * Returns by row `{ runtime, manager, backend, line, installSeconds, runSeconds, project }`. Throws if `auto` chooses another back end than native, which every
 * runtime can use. `place`: `{ scratch, registry, tools, npmCache }`.
 */
export function runMatrix(place) {
  return waitForAll(ROWS.map((row) => runRow(row, place)));
}

async function runRow({ runtime, manager, install, prefix = '', more = [] }, place) {
  const { scratch, tools } = place;
  const project = createProject(join(scratch, `${runtime}-${manager}`), place.registry);
  const nodeFile = runtime.startsWith('node') ? tools[runtime].file : process.execPath;
  const env = { ...userEnvironment(scratch, nodeFile), npm_config_cache: place.npmCache };
  const run = (name, args) => runCommand(tools[name].file, args, { cwd: project, env });
  const installing = await run(manager, [...install, ...USER_PACKAGES.map((name) => `${prefix}${name}`), ...more]);
  const backends = more.length > 0 ? ['auto', ...OTHER_BACKENDS] : ['auto'];
  const running = await run(runtime, [...(RUN[runtime] ?? []), 'smoke.mjs', ...backends]);
  const [{ name: backend, line }] = JSON.parse(running.stdout);
  const names = { runtime: `${runtime} ${tools[runtime].version}`, manager: `${manager} ${tools[manager].version}` };
  if (backend !== 'native') throw new Error(`${names.manager}, ${names.runtime}: auto must choose native, got ${line}`);
  return { ...names, backend, line, installSeconds: installing.seconds, runSeconds: running.seconds, project };
}

function createProject(project, registry) {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'smoke', private: true, type: 'module' }));
  writeFileSync(join(project, '.npmrc'), `@st:registry=${registry}\n`);
  copyFileSync(join(root, 'scripts', 'release', 'smoke.mjs'), join(project, 'smoke.mjs'));
  return project;
}
