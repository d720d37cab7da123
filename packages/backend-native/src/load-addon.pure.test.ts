import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadAddon } from './load-addon.ts';
import { threadsFromEnvironment } from './threads-from-environment.ts';

describe('loadAddon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'st-load-'));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says how to get a module where there is none, and does not throw', () => {
    vi.stubEnv('ST_NATIVE_ADDON', join(folder, 'missing.node'));
    const { addon, reason } = loadAddon() as { addon?: unknown; reason: string };
    expect(addon).toBeUndefined();
    expect(reason).toMatch(/^no native module for [a-z0-9-]+: none is prebuilt and none was built on install/);
    expect(reason).toContain('npm rebuild @st/backend-native');
  });

  it('says why a file is no module', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'st-load-')), 'broken.node');
    writeFileSync(file, 'not a shared library');
    vi.stubEnv('ST_NATIVE_ADDON', file);
    expect(loadAddon()).toEqual({ reason: expect.stringMatching(/^the native module does not load: /) });
    rmSync(join(file, '..'), { recursive: true });
  });

  it('refuses a module with other entry points', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'st-load-')), 'old.cjs');
    writeFileSync(file, 'exports.interfaceVersion = () => 0;');
    vi.stubEnv('ST_NATIVE_ADDON', file);
    expect(loadAddon()).toEqual({ reason: expect.stringContaining('was built from other sources') });
    rmSync(join(file, '..'), { recursive: true });
  });
});

describe('threadsFromEnvironment', () => {
  it('reads a number of threads, and refuses what is none', () => {
    expect(['0', '3', '64', '', undefined].map((text) => threadsFromEnvironment(text))).toEqual([
      0,
      3,
      64,
      undefined,
      undefined,
    ]);
    for (const text of ['65', '-1', 'two', '1.5']) {
      expect(() => threadsFromEnvironment(text)).toThrow(
        `ST_NUM_THREADS must be an integer in [0, 64], 0 for one a core, got '${text}'.`,
      );
    }
  });
});
