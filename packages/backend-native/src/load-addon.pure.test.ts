import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, digestOf, stampOf, whyUntrusted } from '../scripts/module-file.mjs';
import { loadAddon } from './load-addon.ts';
import { threadsFromEnvironment } from './thread-count.ts';

describe('loadAddon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'st-load-'));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reports how to get a module if there is none, and does not throw', () => {
    vi.stubEnv('ST_NATIVE_ADDON', join(folder, 'missing.node'));
    const { addon, reason } = loadAddon() as { addon?: unknown; reason: string };
    expect(addon).toBeUndefined();
    expect(reason).toBe(`ST_NATIVE_ADDON names ${join(folder, 'missing.node')}, which does not exist.`);
  });

  it('resolves a relative path from the current folder', () => {
    vi.stubEnv('ST_NATIVE_ADDON', 'no/such.node');
    expect(loadAddon()).toEqual({
      reason: `ST_NATIVE_ADDON names ${join(process.cwd(), 'no/such.node')}, which does not exist.`,
    });
  });

  it('rejects a file that does not match its stamp, before loading it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'st-load-')), 'st_native.node');
    writeFileSync(file, 'built');
    writeFileSync(stampOf(file), `key\n${digestOf(Buffer.from('built as it was'))}\n`);
    vi.stubEnv('ST_NATIVE_ADDON', file);
    expect(loadAddon()).toEqual({ reason: `${file} is damaged` });
    rmSync(join(file, '..'), { recursive: true });
  });

  it('lists the instruction sets if ST_NATIVE_ISA names an unknown one', () => {
    vi.stubEnv('ST_NATIVE_ISA', 'sse9');
    expect(loadAddon()).toEqual({
      reason: expect.stringContaining("ST_NATIVE_ISA must be 'baseline', 'avx2' or 'avx512', got 'sse9'."),
    });
  });

  it('reports why a file is no module', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'st-load-')), 'broken.node');
    writeFileSync(file, 'not a shared library');
    vi.stubEnv('ST_NATIVE_ADDON', file);
    expect(loadAddon()).toEqual({ reason: expect.stringMatching(/^the native module does not load: /) });
    rmSync(join(file, '..'), { recursive: true });
  });

  it('rejects a module with another interface version', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'st-load-')), 'old.cjs');
    writeFileSync(file, 'exports.interfaceVersion = () => 0;');
    vi.stubEnv('ST_NATIVE_ADDON', file);
    expect(loadAddon()).toEqual({ reason: expect.stringContaining('was built from other sources') });
    rmSync(join(file, '..'), { recursive: true });
  });
});

describe('the cache', () => {
  it('is at the absolute path given, or else in the home folder', () => {
    const home = join(homedir(), '.cache', 'st-backend-native');
    expect(cacheFolder({})).toBe(home);
    for (const path of ['', 'cache', './cache', '../cache']) {
      expect(cacheFolder({ XDG_CACHE_HOME: path, ST_NATIVE_CACHE: path })).toBe(home);
    }
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/st-backend-native');
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg', ST_NATIVE_CACHE: '/own' })).toBe('/own/st-backend-native');
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg', ST_NATIVE_CACHE: 'own' })).toBe('/xdg/st-backend-native');
  });

  it.skipIf(process.platform === 'win32')('rejects files that other users can write, and links', () => {
    const place = mkdtempSync(join(tmpdir(), 'st-load-'));
    const [file, link] = [join(place, 'file'), join(place, 'link')];
    writeFileSync(file, '', { mode: 0o644 });
    symlinkSync(file, link);
    expect(whyUntrusted(file)).toBeUndefined();
    expect(whyUntrusted(link)).toBe(`${link} is a symbolic link`);
    for (const mode of [0o666, 0o664]) {
      chmodSync(file, mode);
      expect(whyUntrusted(file)).toBe(`${file} can be written by other users`);
    }
    rmSync(place, { recursive: true });
  });
});

describe('threadsFromEnvironment', () => {
  it('reads a number of threads, and rejects anything else', () => {
    expect(['0', '3', '64', '', undefined].map((text) => threadsFromEnvironment('@st/backend-native', text))).toEqual([
      0,
      3,
      64,
      undefined,
      undefined,
    ]);
    for (const text of ['65', '-1', 'two', '1.5']) {
      expect(() => threadsFromEnvironment('@st/backend-native', text)).toThrow(
        `ST_NUM_THREADS must be an integer in [0, 64], 0 for one a core, got '${text}'.`,
      );
    }
  });
});
