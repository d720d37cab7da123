import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../scripts/inspect/inspect-module.mjs';
import { platform } from '../scripts/module-file.mjs';

const built = fileURLToPath(new URL('../build/st_native.node', import.meta.url));
/** Only Zig's build, on Linux on x64, is meant for other machines. */
const isPublished = platform() === 'linux-x64' && existsSync(built) && !process.env.CXX;

describe.skipIf(!isPublished)('faultsOf', () => {
  it('finds none in the module that is published', () => {
    expect(faultsOf(built, 'linux-x64')).toEqual([]);
  });

  it('finds a module of another processor or C library', () => {
    expect(faultsOf(built, 'linux-arm64')).toEqual(['is for linux-x64']);
    expect(faultsOf(built, 'linux-x64-musl')).toEqual([expect.stringMatching(/^needs GLIBC_.*: it is for glibc$/)]);
  });

  it('finds what a program of this machine needs that others do not have', () => {
    const faults = faultsOf(process.execPath, 'linux-x64');
    expect(faults).toContainEqual('does not export napi_register_module_v1');
    expect(faults).toContainEqual(expect.stringMatching(/^needs the C\+\+ library of the system: /));
  });

  it('rejects a file that is no library', () => {
    const folder = mkdtempSync(join(tmpdir(), 'st-inspect-'));
    const file = join(folder, 'text.node');
    writeFileSync(file, 'not a library');
    expect(() => faultsOf(file, 'linux-x64')).toThrow(`${file} is no library of Linux, macOS or Windows`);
    rmSync(folder, { recursive: true });
  });
});
