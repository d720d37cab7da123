// Which packages are published: those of `packages/`, and one with the native module for each platform.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORMS, packageOf } from '../../packages/backend-native/scripts/compile/platforms.mjs';
import { platform } from '../../packages/backend-native/scripts/module-file.mjs';
import { root } from '../install.mjs';

export const NATIVE = '@st/backend-native';

/** The packages with the native module of a platform, whether they have been built or not. */
export const PLATFORM_PACKAGES = Object.keys(PLATFORMS).map(packageOf);

const platformsFolder = join(root, 'packages', 'backend-native', 'platforms');

export const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * `{ folder, manifest }` of each package, after the packages that it depends on.
 * @param platforms - `'all'`, or names such as `linux-arm64`; this machine's is always among them. Their modules must have been built.
 */
export function publishedPackages(platforms) {
  const names = platforms === 'all' ? Object.keys(PLATFORMS) : withThisPlatform(platforms);
  return [...names.map((name) => readPackage(join(platformsFolder, name))), ...libraryPackages()];
}

/** The packages that are built from TypeScript, in the same form and order. */
export function libraryPackages() {
  const folder = join(root, 'packages');
  const found = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'package.json')))
    .map(readPackage)
    .filter(({ manifest }) => !manifest.private);
  return inOrderOfDependencies(found);
}

export function withThisPlatform(platforms) {
  return [...new Set([platform(), ...platforms])];
}

function readPackage(folder) {
  return { folder, manifest: readManifest(folder) };
}

function inOrderOfDependencies(packages) {
  const sorted = new Set();
  const add = (found) => {
    const { dependencies, peerDependencies } = found.manifest;
    const names = Object.keys({ ...dependencies, ...peerDependencies });
    for (const below of packages.filter(({ manifest }) => names.includes(manifest.name))) add(below);
    sorted.add(found);
  };
  for (const found of packages) add(found);
  return [...sorted];
}
