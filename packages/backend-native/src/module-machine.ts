import { readFileSync } from 'node:fs';
import { platform } from '../scripts/module-file.mjs';

/** The processors that modules are built for, by their numbers in ELF, Mach-O and PE. */
const PROCESSORS: Readonly<Record<number, string>> = {
  ...{ 62: 'x64', 183: 'arm64' },
  ...{ 16777223: 'x64', 16777228: 'arm64' },
  ...{ 34404: 'x64', 43620: 'arm64' },
};

/** Why a shared library is not for this machine: a loader's own words for that are misleading. Undefined if it is, or is none. */
export function whyNotForThisMachine(path: string): string | undefined {
  const built = platformOf(readFileSync(path));
  return built === undefined || built === platform() ? undefined : `${path} is for ${built}, and this is ${platform()}`;
}

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64` ...; undefined for other files. */
function platformOf(bytes: Buffer): string | undefined {
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    return named('linux', bytes.readUInt16LE(18), isForMusl(bytes) ? '-musl' : '');
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return named('darwin', bytes.readUInt32LE(4));
  if (bytes.readUInt16BE(0) !== 0x4d5a) return undefined;
  const header = bytes.readUInt32LE(60);
  return header + 6 <= bytes.length ? named('win32', bytes.readUInt16LE(header + 4)) : undefined;
}

/** By the name of the C library; a module that needs none is for both. */
function isForMusl(bytes: Buffer): boolean {
  if (bytes.includes('\0libc.so.6\0')) return false;
  return platform().endsWith('-musl') || bytes.includes('\0libc.so\0') || bytes.includes('\0libc.musl-');
}

function named(system: string, processor: number, suffix = ''): string | undefined {
  const name = PROCESSORS[processor];
  return name && `${system}-${name}${suffix}`;
}
