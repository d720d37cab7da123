// Builds everything that the published packages contain. A package whose sources have not changed since its last build is not built again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../install.mjs';
import { libraryPackages, withThisPlatform } from './published-packages.mjs';
import { binary, runCommand } from './run-command.mjs';
import { waitForAll } from './wait-for-all.mjs';

const STAMPS = join(root, 'node_modules', '.st-builds.json');

/** Builds the native modules of `platforms` (see `publishedPackages`), the WebAssembly modules, and each package after its dependencies, whose types it reads. */
export async function buildPackages(platforms) {
  const native = platforms === 'all' ? ['--all'] : withThisPlatform(platforms);
  await runCommand(process.execPath, ['packages/backend-native/scripts/build-platforms.mjs', ...native]);
  await runCommand(process.execPath, ['packages/backend-wasm/scripts/build-modules.mjs']);
  await buildLibraries(libraryPackages());
}

async function buildLibraries(packages) {
  const stamps = existsSync(STAMPS) ? JSON.parse(readFileSync(STAMPS, 'utf8')) : {};
  const builds = new Map();
  const build = (name) => {
    const found = packages.find(({ manifest }) => manifest.name === name);
    if (!found) return undefined; // it comes from the registry
    if (!builds.has(name)) builds.set(name, buildLibrary(found, build, stamps));
    return builds.get(name);
  };
  try {
    await waitForAll(packages.map(({ manifest }) => build(manifest.name)));
  } finally {
    writeFileSync(STAMPS, JSON.stringify(stamps, null, 2));
  }
}

/** Returns the hash of the inputs of the build, including the hashes of its dependencies. */
async function buildLibrary({ folder, manifest }, build, stamps) {
  const below = await Promise.all(Object.keys(manifest.dependencies ?? {}).map(build));
  const hash = createHash('sha256').update(JSON.stringify(below));
  for (const file of sourcesOf(folder)) hash.update(file).update(readFileSync(file));
  const stamp = hash.digest('hex');
  if (stamps[manifest.name] === stamp && existsSync(join(folder, 'dist', 'index.d.ts'))) return stamp;
  delete stamps[manifest.name];
  await runCommand(binary('tsup'), [], { cwd: folder });
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
