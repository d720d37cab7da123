// Checks what a tarball contains: its files, its size, its manifest.
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix } from 'node:path';
import { root } from '../install.mjs';
import { declaredContents } from './declared-contents.mjs';
import { readManifest } from './published-packages.mjs';
import { runCommand } from './run-command.mjs';

/** Scripts that npm would run in the user's project. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
const SECRET_OR_TEST = /\.(test|fixture|bench)\.|(^|\/)(\.|tests?\/|fixtures\/)/;

/** Unpacks a tarball into `scratch` and throws an error with everything that is wrong; returns `{ name, version, packed, unpacked, files }`. */
export async function checkContents({ manifest, tarball }, scratch) {
  const folder = join(scratch, manifest.name);
  mkdirSync(folder, { recursive: true });
  await runCommand('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
  const files = filesOf(folder);
  const sizes = {
    packed: statSync(tarball).size,
    unpacked: files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0),
  };
  const wrong = [
    ...wrongFiles(manifest.name, files),
    ...files.flatMap((file) => wrongText(folder, file)),
    ...wrongSizes(manifest.name, sizes),
    ...(files.includes('LICENSE') && !sameLicense(folder) ? ["LICENSE is not the workspace's"] : []),
    ...wrongManifest(readManifest(folder)),
  ];
  if (wrong.length > 0) throw new Error(`${tarball} must not be published:\n- ${wrong.join('\n- ')}`);
  return { name: manifest.name, version: manifest.version, ...sizes, files: files.length };
}

function sameLicense(folder) {
  return readFileSync(join(folder, 'LICENSE')).equals(readFileSync(join(root, 'LICENSE')));
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

function wrongFiles(name, files) {
  const patterns = declaredContents(name).files;
  return [
    ...files.filter((file) => !patterns.some((pattern) => pattern.test(file))).map((file) => `${file} is not declared`),
    ...files.filter((file) => SECRET_OR_TEST.test(file)).map((file) => `${file} is a test or hidden`),
    ...patterns
      .filter((pattern) => !files.some((file) => pattern.test(file)))
      .map((pattern) => `no file is ${pattern}`),
  ];
}

/** Paths of the build machine, and source maps whose sources are neither embedded nor below the package. */
function wrongText(folder, file) {
  const bytes = readFileSync(join(folder, file));
  const paths = [root, homedir()].filter((path) => path.length > 1 && bytes.includes(`${path}/`));
  const wrong = paths.map((path) => `${file} contains a path of this machine (${path})`);
  if (!file.endsWith('.map')) return wrong;
  const { sources, sourcesContent = [] } = JSON.parse(bytes.toString());
  const outside = sources.filter(
    (source, i) => posix.join(posix.dirname(file), source).startsWith('..') || typeof sourcesContent[i] !== 'string',
  );
  return [...wrong, ...outside.map((source) => `${file} refers to ${source}, which is not in the package`)];
}

function wrongSizes(name, sizes) {
  const limits = declaredContents(name);
  return ['packed', 'unpacked']
    .filter((kind) => sizes[kind] > 1000 * limits[kind])
    .map((kind) => `${Math.ceil(sizes[kind] / 1000)} kB ${kind}, limit ${limits[kind]} kB`);
}

function wrongManifest(manifest) {
  const { license, engines } = readManifest(root);
  const expected = { license, engines, publishConfig: { access: 'public', provenance: true } };
  const wrong = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) => `${field} in package.json must be ${JSON.stringify(value)}`);
  const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name]);
  return [
    ...wrong,
    ...scripts.map((name) => `package.json has the script ${name}, which package managers block`),
    ...(manifest.description ? [] : ['description is missing in package.json']),
    ...wrongRanges(manifest),
  ];
}

/** All packages have one version: each depends on that of the others, and a platform's module on exactly it. */
function wrongRanges({ version, dependencies, peerDependencies, optionalDependencies }) {
  const internal = (ranges = {}) => Object.entries(ranges).filter(([name]) => name.startsWith('@st/'));
  const expected = [
    ...internal({ ...dependencies, ...peerDependencies }).map(([name, range]) => [name, range, `^${version}`]),
    ...internal(optionalDependencies).map(([name, range]) => [name, range, version]),
  ];
  return expected
    .filter(([, range, wanted]) => range !== wanted)
    .map(([name, range, wanted]) => `it depends on ${name} ${range} instead of ${wanted}`);
}
