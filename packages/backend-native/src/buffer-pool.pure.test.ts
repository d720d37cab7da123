import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Addon } from './addon.ts';
import { BufferPool } from './buffer-pool.ts';

const MB = 2 ** 20;

/** The part of the module that a pool uses, over plain array buffers. */
function fakeAddon() {
  const discarded: ArrayBuffer[] = [];
  const calls = { releaseScratch: 0 };
  const addon: Pick<Addon, 'allocate' | 'discard' | 'releaseScratch'> = {
    allocate: () => undefined, // the pool then makes an array buffer itself
    discard: (buffer) => discarded.push(buffer),
    releaseScratch: () => {
      calls.releaseScratch++;
    },
  };
  return { pool: new BufferPool(addon as Addon), discarded, calls };
}

function take(pool: BufferPool, bytes: number): ArrayBuffer {
  const buffer = pool.take(bytes);
  if (!buffer) throw new Error(`the pool left ${bytes} bytes out`);
  pool.retain(buffer);
  return buffer;
}

describe('BufferPool', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('leaves small arrays to JavaScript', () => {
    expect(fakeAddon().pool.take(1024)).toBeUndefined();
  });

  it('wastes at most an eighth of a block', () => {
    const { pool } = fakeAddon();
    for (const bytes of [2048, 5000, 65_537, 999_999, 3 * MB + 1]) {
      const { byteLength } = take(pool, bytes);
      expect(byteLength).toBeGreaterThanOrEqual(bytes);
      expect(byteLength).toBeLessThanOrEqual(bytes * 1.126);
    }
  });

  it('hands a returned block out again, and counts used and free bytes', () => {
    const { pool } = fakeAddon();
    const first = take(pool, MB);
    expect(pool.statistics()).toEqual({ used: MB, free: 0 });
    pool.release(first);
    expect(pool.statistics()).toEqual({ used: 0, free: MB });
    expect(take(pool, MB)).toBe(first);
    expect(pool.statistics()).toEqual({ used: MB, free: 0 });
  });

  it('keeps a block while one of several owners is left', () => {
    const { pool } = fakeAddon();
    const block = take(pool, MB);
    pool.retain(block);
    pool.release(block);
    expect(pool.statistics().free).toBe(0);
    pool.release(block);
    expect(pool.statistics().free).toBe(MB);
  });

  it('ignores buffers that are not its own', () => {
    const { pool } = fakeAddon();
    const foreign = new ArrayBuffer(MB);
    pool.retain(foreign);
    pool.release(foreign);
    expect(pool.has(foreign)).toBe(false);
    expect(pool.statistics()).toEqual({ used: 0, free: 0 });
  });

  it('holds no more than 1.5 times what was in use at once', () => {
    const { pool, discarded } = fakeAddon();
    for (let size = 40; size <= 80; size += 8) pool.release(take(pool, size * MB));
    const { used, free } = pool.statistics();
    expect(used).toBe(0);
    expect(free).toBeLessThanOrEqual(1.5 * 80 * MB);
    expect(discarded.length).toBeGreaterThan(0);
  });

  it('serves from a larger block before it grows past its bound', () => {
    const { pool } = fakeAddon();
    const large = take(pool, 80 * MB);
    pool.release(large);
    expect(take(pool, 60 * MB)).toBe(large);
  });

  it('gives everything back when it is idle, and stays while it is busy', () => {
    const { pool, discarded, calls } = fakeAddon();
    const block = take(pool, MB);
    pool.release(block);
    vi.advanceTimersByTime(3000); // sees the calls above
    expect(pool.statistics().free).toBe(MB);
    pool.release(take(pool, MB));
    vi.advanceTimersByTime(3000);
    expect(pool.statistics().free).toBe(MB);
    vi.advanceTimersByTime(3000);
    expect(pool.statistics().free).toBe(0);
    expect(discarded).toContain(block);
    expect(calls.releaseScratch).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
