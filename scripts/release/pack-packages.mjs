// Packs packages as they are published. Each is packed from a copy, whose manifest gets what the source leaves to the release; the work tree
// does not change.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root } from '../install.mjs';
import { NATIVE, PLATFORM_PACKAGES, readManifest } from './published-packages.mjs';
import { runCommand } from './run-command.mjs';
import { waitForAll } from './wait-for-all.mjs';

/** Fields that all packages get from the manifest of the workspace. */
const SHARED_FIELDS = ['publishConfig', 'repository', 'homepage', 'bugs'];

/** The shared fields that the manifest of the workspace lacks. */
export function missingFields() {
  const workspace = readManifest(root);
  return SHARED_FIELDS.filter((name) => workspace[name] === undefined);
}

/** Packs `{ folder, manifest }` packages into `destination`; returns `{ manifest, tarball }` of each, in the same order. */
export async function packPackages(packages, destination) {
  mkdirSync(destination, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'st-pack-'));
  try {
    return await waitForAll(packages.map((found) => packPackage(found, packages, scratch, destination)));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function packPackage({ folder, manifest }, packages, scratch, destination) {
  const copy = join(scratch, manifest.name);
  for (const path of ['README.md', 'LICENSE', ...manifest.files]) copyPath(folder, copy, path);
  const released = releasedManifest(folder, manifest, packages);
  writeFileSync(join(copy, 'package.json'), `${JSON.stringify(released, null, 2)}\n`);
  await runCommand('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination], { cwd: copy });
  return { manifest: released, tarball: join(destination, tarballName(manifest)) };
}

function copyPath(from, to, path) {
  if (path.startsWith('!') || !existsSync(join(from, path))) return; // the check of contents finds what is missing
  mkdirSync(dirname(join(to, path)), { recursive: true });
  cpSync(join(from, path), join(to, path), { recursive: true });
}

/** `st-core-0.1.0.tgz` for `@st/core`, as `npm pack` names it. */
function tarballName({ name, version }) {
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
}

function releasedManifest(folder, manifest, packages) {
  const versions = new Map(packages.map((found) => [found.manifest.name, found.manifest.version]));
  return {
    ...manifest,
    ...sharedFields(folder),
    ...(manifest.peerDependencies && { peerDependencies: withReleasedPeers(manifest.peerDependencies, versions) }),
    ...(manifest.name === NATIVE && { optionalDependencies: platformVersions(versions) }),
  };
}

function sharedFields(folder) {
  const workspace = readManifest(root);
  const fields = Object.fromEntries(
    SHARED_FIELDS.flatMap((name) => (workspace[name] ? [[name, workspace[name]]] : [])),
  );
  if (fields.repository)
    fields.repository = { ...fields.repository, directory: relative(root, folder).replaceAll('\\', '/') };
  return fields;
}

/**
 * Peers of the same release are `*` in the source and `^VERSION` in the package. With a range in the source, changesets would take every minor version of the
 * peer for a breaking change, and make it 1.0.0.
 */
function withReleasedPeers(peers, versions) {
  return Object.fromEntries(
    Object.entries(peers).map(([name, range]) => [
      name,
      versions.has(name) && range === '*' ? `^${versions.get(name)}` : range,
    ]),
  );
}

/** The packages with the native module: a package manager installs the one whose `os`, `cpu` and `libc` fit. */
function platformVersions(versions) {
  return Object.fromEntries([...versions].filter(([name]) => PLATFORM_PACKAGES.includes(name)));
}
