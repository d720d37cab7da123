// Builds every published package, packs it as npm would, checks the tarball with publint and attw, installs all tarballs together into an
// empty project, runs `packages-smoke.mjs` there, under this Node and under Node 24, and bundles each for browsers. Cleans up after itself.
// Builds only packages whose sources have changed since their last build; `--rebuild` builds all.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBundles } from './check-bundles.mjs';
import { root } from './install.mjs';

const OTHER_NODE = 'node@24';
const TFJS = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}`);
const STAMPS = join(root, 'node_modules', '.st-builds.json');

const binary = (name) => join(root, 'node_modules', '.bin', name);
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'st-packages-'));

try {
  const packages = publishedPackages();
  await buildAll(packages);
  const tarballs = await Promise.all(packages.map(packAndLint));
  await smoke(tarballs);
  await checkBundles(
    join(scratch, 'project'),
    packages.map(({ manifest }) => manifest),
  );
  console.log(
    `${packages.length} packages: built, packed, publint and attw clean, installed and run, bundled for browsers.`,
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function publishedPackages() {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readJson(join(folder, 'package.json')) }))
    .filter(({ manifest }) => !manifest.private);
}

/** Builds each package after its dependencies, because it reads their types from their build output. */
async function buildAll(packages) {
  const stamps = existsSync(STAMPS) && !process.argv.includes('--rebuild') ? readJson(STAMPS) : {};
  const builds = new Map();
  const build = (name) => {
    const found = packages.find(({ manifest }) => manifest.name === name);
    if (!found) return undefined; // it comes from the registry
    if (!builds.has(name)) builds.set(name, buildOne(found, build, stamps));
    return builds.get(name);
  };
  const outcomes = await Promise.allSettled(packages.map(({ manifest }) => build(manifest.name)));
  writeFileSync(STAMPS, JSON.stringify(stamps, null, 2));
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure) throw failure.reason;
}

/** Returns the hash of the inputs of the build, including the hashes of its dependencies. */
async function buildOne({ folder, manifest }, build, stamps) {
  const below = await Promise.all(Object.keys(manifest.dependencies ?? {}).map(build));
  const hash = createHash('sha256').update(JSON.stringify(below));
  for (const file of sourcesOf(folder)) hash.update(file).update(readFileSync(file));
  const stamp = hash.digest('hex');
  if (stamps[manifest.name] === stamp && existsSync(join(folder, 'dist', 'index.d.ts'))) return stamp;
  delete stamps[manifest.name];
  await run(binary('tsup'), [], folder);
  stamps[manifest.name] = stamp;
  return stamp;
}

function sourcesOf(folder) {
  const shared = ['tsup.shared.ts', 'tsconfig.json', 'tsconfig.base.json', 'pnpm-lock.yaml'].map((name) =>
    join(root, name),
  );
  const own = ['package.json', 'tsup.config.ts', 'tsconfig.json'].map((name) => join(folder, name));
  const sources = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|fixture)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return [...shared, ...own, ...sources];
}

/** Returns the path of the tarball. */
async function packAndLint({ folder, manifest }) {
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch], folder);
  const name = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`;
  const tarball = join(scratch, name);
  await run(binary('publint'), ['--strict', tarball]);
  await run(binary('attw'), [tarball, '--profile', 'esm-only']);
  return tarball;
}

/** Installs without install scripts: the native back end takes minutes to compile, and has its own checks. */
async function smoke(tarballs) {
  const project = join(scratch, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'smoke', private: true, type: 'module' }));
  copyFileSync(join(root, 'scripts', 'packages-smoke.mjs'), join(project, 'smoke.mjs'));
  const { version } = readJson(join(root, 'node_modules', '@tensorflow', 'tfjs-core', 'package.json'));
  const peers = TFJS.map((name) => `${name}@${version}`);
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quietly, ...tarballs, ...peers], project);
  await run(process.execPath, ['smoke.mjs'], project);
  const other = ['--yes', '--package', OTHER_NODE, 'node'];
  const isThere = await run('npx', [...other, '--version'], project).then(
    () => true,
    () => false,
  );
  if (isThere) await run('npx', [...other, 'smoke.mjs'], project);
  else console.log(`${OTHER_NODE} could not be fetched, so the packages ran only under ${process.version}.`);
}

/** Runs a command as soon as a processor is free; shows its output only if it fails. */
async function run(command, args, cwd = root) {
  const release = await processor();
  try {
    await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, shell: process.platform === 'win32' });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      child.on('error', (error) => reject(new Error(`Could not run ${command}: ${error.message}`)));
      child.on('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${[command, ...args].join(' ')} (in ${cwd}) failed with ${code}:\n${output}`));
      });
    });
  } finally {
    release();
  }
}

/** Waits for a free processor; returns the function that releases it. */
function processor() {
  processor.free ??= Math.max(availableParallelism(), 1);
  processor.waiting ??= [];
  const release = () => {
    const next = processor.waiting.shift();
    if (next) next(release);
    else processor.free++;
  };
  if (processor.free > 0) {
    processor.free--;
    return Promise.resolve(release);
  }
  return new Promise((resolve) => processor.waiting.push(resolve));
}
