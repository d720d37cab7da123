import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

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
  it('produces once, then reads', async () => {
    const wanted = [7, 7, 7, 7, 7];
    expect([...(await through('a'))]).toEqual(wanted);
    expect([...(await through('a'))]).toEqual(wanted);
    expect(produced).toBe(1);
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['x.pixels']);
  });

  it('produces again for another source or length, and for a file that is not whole', async () => {
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

  it('does without a cache that cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = { folder: join(folder, 'file'), file: 'x.pixels' };
    expect([...(await readThrough(cache, 'a', 2, produce))]).toEqual([7, 7]);
    expect([...(await readThrough(undefined, 'a', 2, produce))]).toEqual([7, 7]);
    expect(produced).toBe(2);
  });

  it('leaves no half-written file beside the cache', async () => {
    const taken = join(folder, 'taken');
    await readThrough({ folder: taken, file: 'x.pixels' }, 'a', 2, produce);
    rmSync(join(taken, 'x.pixels'));
    mkdirSync(join(taken, 'x.pixels', 'in the way'), { recursive: true });
    await readThrough({ folder: taken, file: 'x.pixels' }, 'a', 2, produce);
    expect(readdirSync(taken)).toEqual(['x.pixels']);
  });

  it('lets an error of the producer through', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('bad data'));
    await expect(readThrough({ folder, file: 'x' }, 'a', 2, failing)).rejects.toThrow('bad data');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('defaultCacheFolder', () => {
  it('ends in st-data', async () => {
    expect(await defaultCacheFolder()).toMatch(/st-data$/);
  });
});
