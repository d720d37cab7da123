import { readFileSync } from 'node:fs';
import { machineOf } from '../scripts/inspect/machine.mjs';
import { platform } from '../scripts/module-file.mjs';

/** Why a shared library is not for this machine: a loader's own words for that are misleading. Undefined if it is, or is none. */
export function whyNotForThisMachine(path: string): string | undefined {
  const built = platformOf(readFileSync(path));
  return built === undefined || built === platform() ? undefined : `${path} is for ${built}, and this is ${platform()}`;
}

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64` ...; undefined for files that are no shared library of a known processor. */
function platformOf(bytes: Buffer): string | undefined {
  const machine = machineOf(bytes);
  if (machine?.cpu === undefined) return undefined;
  return `${machine.os}-${machine.cpu}${machine.os === 'linux' && isForMusl(bytes) ? '-musl' : ''}`;
}

/** By the name of the C library; a module that needs none is for both. */
function isForMusl(bytes: Buffer): boolean {
  if (bytes.includes('\0libc.so.6\0')) return false;
  return platform().endsWith('-musl') || bytes.includes('\0libc.so\0') || bytes.includes('\0libc.musl-');
}
