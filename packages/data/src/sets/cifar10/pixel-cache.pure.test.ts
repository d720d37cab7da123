import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { defaultCacheFolder, readThrough } from './pixel-cache.ts';

let folder = '';
let produced = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-pixels-'));
  produced = 0;
});

afterEach(() => rmSync(folder, { recursive: true }));

const produce = async (target: Uint8Array): Promise<void> => {
  produced++;
  target.fill(7);
};
const through = (source: string, file = 'x.pixels', length = 5): Promise<Uint8Array> =>
  readThrough({ folder: join(folder, 'deep', 'er'), file }, source, length, produce);

describe('readThrough', () => {
  it('calls produce once, then reads the cache', async () => {
    const wanted = [7, 7, 7, 7, 7];
    expect([...(await through('a'))]).toEqual(wanted);
    expect([...(await through('a'))]).toEqual(wanted);
    expect(produced).toBe(1);
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['x.pixels']);
  });

  it('calls produce again for another source or length, and for an incomplete file', async () => {
    await through('a');
    await through('b');
    await through('b', 'x.pixels', 6);
    expect(produced).toBe(3);
    const path = join(folder, 'deep', 'er', 'x.pixels');
    writeFileSync(path, 'something else');
    await through('b', 'x.pixels', 6);
    expect(produced).toBe(4);
    const bytes = readFileSync(path);
    bytes[bytes.length - 2] = 6;
    writeFileSync(path, bytes);
    expect([...(await through('b', 'x.pixels', 6))]).toEqual([7, 7, 7, 7, 7, 7]);
    expect(produced).toBe(5);
  });

  it('works without a cache if it cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = { folder: join(folder, 'file'), file: 'x.pixels' };
    expect([...(await readThrough(cache, 'a', 2, produce))]).toEqual([7, 7]);
    expect([...(await readThrough(undefined, 'a', 2, produce))]).toEqual([7, 7]);
    expect(produced).toBe(2);
  });

  it('leaves no temporary file beside the cache', async () => {
    const taken = join(folder, 'taken');
    await readThrough({ folder: taken, file: 'x.pixels' }, 'a', 2, produce);
    rmSync(join(taken, 'x.pixels'));
    mkdirSync(join(taken, 'x.pixels', 'in the way'), { recursive: true });
    await readThrough({ folder: taken, file: 'x.pixels' }, 'a', 2, produce);
    expect(readdirSync(taken)).toEqual(['x.pixels']);
  });

  it('passes on an error of produce', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('bad data'));
    await expect(readThrough({ folder, file: 'x' }, 'a', 2, failing)).rejects.toThrow('bad data');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('readThrough, disturbed', () => {
  it('detects any changed byte in header and pixels, and writes the file again', async () => {
    await through('a');
    const path = join(folder, 'deep', 'er', 'x.pixels');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(path, damaged);
      expect([...(await through('a'))]).toEqual([7, 7, 7, 7, 7]);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
    expect(produced).toBe(1 + whole.length);
  });

  it('ignores a cache file that is a folder, an endless device, or longer than the pixels', async () => {
    const path = join(folder, 'deep', 'er', 'x.pixels');
    mkdirSync(path, { recursive: true });
    expect([...(await through('a'))]).toEqual([7, 7, 7, 7, 7]);
    rmSync(path, { recursive: true });
    symlinkSync('/dev/zero', path);
    expect([...(await through('a'))]).toEqual([7, 7, 7, 7, 7]);
    writeFileSync(path, Buffer.alloc(100));
    expect([...(await through('a'))]).toEqual([7, 7, 7, 7, 7]);
    expect(produced).toBe(3);
  });

  it('can be written by several processes at once, and leaves one file', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => through('a')));
    expect(all.every((pixels) => pixels.join() === '7,7,7,7,7')).toBe(true);
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['x.pixels']);
    expect([...(await through('a'))]).toEqual([7, 7, 7, 7, 7]);
    expect(produced).toBe(8);
  });
});

describe('defaultCacheFolder', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.runIf(process.platform === 'linux')(
    'is in XDG_CACHE_HOME if that is an absolute path, else in the home folder',
    () => {
      vi.stubEnv('HOME', '/home/someone');
      for (const [value, wanted] of [
        ['/caches', '/caches/st-data'],
        ['', '/home/someone/.cache/st-data'],
        ['relative/path', '/home/someone/.cache/st-data'],
      ]) {
        vi.stubEnv('XDG_CACHE_HOME', value);
        expect(defaultCacheFolder()).toBe(wanted);
      }
    },
  );

  it('is undefined for a user without a home folder', () => {
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('LOCALAPPDATA', '');
    vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('no entry');
    });
    expect(defaultCacheFolder()).toBeUndefined();
  });
});
