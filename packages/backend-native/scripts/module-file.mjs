// Where built modules lie, and which of them may be loaded: shared by the installation and by the loader, types in module-file.d.mts.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64` ...: what a binary depends on beside the stable ABI. */
export function platform() {
  const isMusl = process.platform === 'linux' && glibcVersion() === undefined;
  return `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
}

/** The version of the C library, which a binary built here needs at least; undefined where it is not glibc. */
export function glibcVersion() {
  return process.report?.getReport().header.glibcVersionRuntime;
}

/**
 * The folder for what is built outside of the package: below ST_NATIVE_CACHE, else XDG_CACHE_HOME, else ~/.cache. As the XDG Base
 * Directory Specification says, a value that is empty or no absolute path counts as none.
 */
export function cacheFolder(environment = process.env) {
  const named = [environment.ST_NATIVE_CACHE, environment.XDG_CACHE_HOME].find((path) => path && isAbsolute(path));
  return join(named ?? join(homedir(), '.cache'), 'st-backend-native');
}

/** Where the module is built when the package's own folder cannot be written. */
export function ownBuildFolder(version) {
  return join(cacheFolder(), `${version}-${platform()}`);
}

/** The file beside a built module that says what it was built from, and its digest. */
export const stampOf = (module) => join(dirname(module), 'st_native.hash');

export const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** What a module's stamp says: undefined where there is none, or none of this form. */
export function readStamp(module) {
  try {
    const [key, digest] = readFileSync(stampOf(module), 'utf8').split('\n');
    return key && /^[0-9a-f]{64}$/.test(digest ?? '') ? { key, digest } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a module is the file that its stamp was written for: neither cut nor changed since. */
export function isWhole(module) {
  const stamp = readStamp(module);
  return stamp !== undefined && digestOf(readFileSync(module)) === stamp.digest;
}

/**
 * Why a file or a folder of the cache may not be used, or undefined: another user could have put it there. Windows keeps each
 * user's files apart by itself.
 */
export function whyUntrusted(path) {
  if (process.getuid === undefined) return undefined;
  const { uid, mode } = lstatSync(path);
  if ((mode & 0o170000) === 0o120000) return `${path} is a symbolic link`;
  if (uid !== process.getuid() && uid !== 0) return `${path} belongs to another user`;
  return (mode & 0o022) === 0 ? undefined : `${path} can be written by other users`;
}
