// Where built modules are stored, and which of them may be loaded; shared by installation and loader. Types are in
// module-file.d.mts.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64` ...: what a binary depends on besides the stable ABI. */
export function platform() {
  const isMusl = process.platform === 'linux' && glibcVersion() === undefined;
  return `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
}

/** The version of the C library, the oldest that a binary built here supports; undefined if it is not glibc. */
export function glibcVersion() {
  return process.report?.getReport().header.glibcVersionRuntime;
}

/**
 * The folder for builds outside the package: below ST_NATIVE_CACHE, else XDG_CACHE_HOME, else ~/.cache. Empty and relative values
 * count as not set, as in the XDG Base Directory Specification.
 */
export function cacheFolder(environment = process.env) {
  const named = [environment.ST_NATIVE_CACHE, environment.XDG_CACHE_HOME].find((path) => path && isAbsolute(path));
  return join(named ?? join(homedir(), '.cache'), 'st-backend-native');
}

/** Where the module is built if the package's own folder is not writable. */
export function ownBuildFolder(version) {
  return join(cacheFolder(), `${version}-${platform()}`);
}

/** The file beside a built module that contains its build key and its digest. */
export const stampOf = (module) => join(dirname(module), 'st_native.hash');

export const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Writes the stamp of a complete module. */
export const writeStamp = (module, key) =>
  writeFileSync(stampOf(module), `${key}\n${digestOf(readFileSync(module))}\n`);

/** The contents of a module's stamp; undefined if there is none or its format is unknown. */
export function readStamp(module) {
  try {
    const [key, digest] = readFileSync(stampOf(module), 'utf8').split('\n');
    return key && /^[0-9a-f]{64}$/.test(digest ?? '') ? { key, digest } : undefined;
  } catch {
    return undefined;
  }
}

/** True if a module is the file for which its stamp was written: neither truncated nor changed since. */
export function isWhole(module) {
  const stamp = readStamp(module);
  return stamp !== undefined && digestOf(readFileSync(module)) === stamp.digest;
}

/**
 * The reason why a file or folder of the cache must not be used (another user could have written it), or undefined. Windows
 * separates the users' files itself.
 */
export function whyUntrusted(path) {
  if (process.getuid === undefined) return undefined;
  const { uid, mode } = lstatSync(path);
  if ((mode & 0o170000) === 0o120000) return `${path} is a symbolic link`;
  if (uid !== process.getuid() && uid !== 0) return `${path} belongs to another user`;
  return (mode & 0o022) === 0 ? undefined : `${path} can be written by other users`;
}
