import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { platform } from '../scripts/module-file.mjs';
import { whyNotForThisMachine } from './module-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'st-machine-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first bytes of a library, and the names that a loader looks for. */
function file(write: (bytes: Buffer) => void, names = ''): string {
  const header = Buffer.alloc(128);
  write(header);
  const path = join(folder, 'st_native.node');
  writeFileSync(path, Buffer.concat([header, Buffer.from(names, 'latin1')]));
  return path;
}

const elf =
  (processor: number) =>
  (bytes: Buffer): void => {
    bytes.write('\u007fELF', 'latin1');
    bytes.writeUInt16LE(processor, 18);
  };
const machO =
  (processor: number) =>
  (bytes: Buffer): void => {
    bytes.writeUInt32LE(0xfeedfacf);
    bytes.writeUInt32LE(processor, 4);
  };
const pe =
  (processor: number) =>
  (bytes: Buffer): void => {
    bytes.write('MZ');
    bytes.writeUInt32LE(80, 60);
    bytes.writeUInt16LE(processor, 84);
  };

it.each([
  ['linux-x64', elf(62), '\0libc.so.6\0'],
  ['linux-arm64', elf(183), '\0libc.so.6\0'],
  ['linux-x64-musl', elf(62), '\0libc.so\0'],
  ['linux-arm64-musl', elf(183), '\0libc.musl-aarch64.so.1\0'],
  ['darwin-x64', machO(0x1000007), ''],
  ['darwin-arm64', machO(0x100000c), ''],
  ['win32-x64', pe(0x8664), ''],
  ['win32-arm64', pe(0xaa64), ''],
] as const)('recognizes a module for %s', (name, write, names) => {
  const path = file(write, names);
  const wanted = name === platform() ? undefined : `${path} is for ${name}, and this is ${platform()}`;
  expect(whyNotForThisMachine(path)).toBe(wanted);
});

it.each([
  ['of an unknown processor', elf(8)],
  ['that is text', (bytes: Buffer): void => void bytes.fill('a')],
  [
    'whose header of Windows lies outside',
    (bytes: Buffer): void => {
      bytes.write('MZ');
      bytes.writeUInt32LE(0xffffffff, 60);
    },
  ],
] as const)('leaves a file %s to the loader', (_, write) => {
  expect(whyNotForThisMachine(file(write))).toBeUndefined();
});

it('leaves a file of a few bytes to the loader', () => {
  const path = join(folder, 'short.node');
  writeFileSync(path, 'MZ');
  expect(whyNotForThisMachine(path)).toBeUndefined();
});
