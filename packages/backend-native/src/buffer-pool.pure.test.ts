import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Addon } from './addon.ts';
import { BufferPool } from './buffer-pool.ts';
import { ArrayBufferMemory } from './module-memory.ts';

const MB = 2 ** 20;

const views = new WeakMap<ArrayBufferLike, Uint8Array>();

/** The array on the whole of a buffer: always the same one. */
function viewOf(buffer: ArrayBufferLike): Uint8Array {
  const view = views.get(buffer) ?? new Uint8Array(buffer);
  views.set(buffer, view);
  return view;
}

/** The functions of the module that a pool uses, on plain ArrayBuffers. */
function fakeAddon() {
  const discarded: Uint8Array[] = [];
  const calls = { releaseScratch: 0, synchronize: 0 };
  const kernels = { areIdle: false };
  const addon: Pick<Addon, 'allocate' | 'discard' | 'releaseScratch' | 'isIdle' | 'synchronize'> = {
    allocate: () => undefined, // the pool then allocates an ArrayBuffer itself
    discard: (buffer) => discarded.push(viewOf(buffer)),
    releaseScratch: () => {
      calls.releaseScratch++;
    },
    isIdle: () => kernels.areIdle,
    synchronize: () => {
      calls.synchronize++;
    },
  };
  return { pool: new BufferPool(addon, new ArrayBufferMemory(addon)), discarded, calls, kernels };
}

function take(pool: BufferPool, bytes: number): Uint8Array {
  const view = viewOf(pool.take(bytes).buffer);
  pool.retain(view);
  return view;
}

describe('BufferPool', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('puts small arrays into one slab, each on its own cache lines, and releases it with the last of them', () => {
    const { pool } = fakeAddon();
    const rooms = [4, 100, 0, 2000].map((bytes) => pool.take(bytes));
    for (const { buffer } of rooms) pool.retain(viewOf(buffer));
    expect(new Set(rooms.map(({ buffer }) => buffer)).size).toBe(1);
    expect(rooms.map(({ offset }) => offset)).toEqual([0, 64, 192, 192]);
    for (const { buffer } of rooms) pool.release(viewOf(buffer));
    pool.trim();
    expect(pool.statistics()).toEqual({ used: 0, free: 0 });
  });

  it('begins a new slab when one is full', () => {
    const { pool } = fakeAddon();
    const slabs = new Set(Array.from({ length: 257 }, () => take(pool, 64)));
    expect(Array.from(slabs, (slab) => slab.byteLength)).toEqual([16384, 16384]);
  });

  it('gives JavaScript no block that a kernel may still be using', () => {
    const { pool, calls } = fakeAddon();
    const first = take(pool, MB);
    pool.release(first);
    expect(viewOf(pool.takeSettled(MB).buffer)).not.toBe(first);
    pool.settled();
    expect(viewOf(pool.takeSettled(MB).buffer)).toBe(first);
    expect(calls.synchronize).toBe(0);
  });

  it('reuses a block at once if no kernel is pending', () => {
    const { pool, calls, kernels } = fakeAddon();
    const first = take(pool, MB);
    pool.release(first);
    kernels.areIdle = true;
    expect(viewOf(pool.takeSettled(MB).buffer)).toBe(first);
    expect(calls.synchronize).toBe(0);
  });

  it('waits for the kernels rather than grow without bound', () => {
    const { pool, calls } = fakeAddon();
    const blocks = Array.from({ length: 16 }, () => take(pool, MB));
    for (const block of blocks) pool.release(block);
    expect(viewOf(pool.takeSettled(MB).buffer)).toBe(blocks[0]);
    expect(calls.synchronize).toBe(1);
  });

  it('wastes at most an eighth of a block', () => {
    const { pool } = fakeAddon();
    for (const bytes of [2048, 5000, 65_537, 999_999, 3 * MB + 1]) {
      const { byteLength } = take(pool, bytes);
      expect(byteLength).toBeGreaterThanOrEqual(bytes);
      expect(byteLength).toBeLessThanOrEqual(bytes * 1.126);
    }
  });

  it('reuses a released block, and counts used and free bytes', () => {
    const { pool } = fakeAddon();
    const first = take(pool, MB);
    expect(pool.statistics()).toEqual({ used: MB, free: 0 });
    pool.release(first);
    expect(pool.statistics()).toEqual({ used: 0, free: MB });
    expect(take(pool, MB)).toBe(first);
    expect(pool.statistics()).toEqual({ used: MB, free: 0 });
  });

  it('keeps a block until its last owner releases it', () => {
    const { pool } = fakeAddon();
    const block = take(pool, MB);
    pool.retain(block);
    pool.release(block);
    expect(pool.statistics().free).toBe(0);
    pool.release(block);
    expect(pool.statistics().free).toBe(MB);
  });

  it('ignores arrays that are not its own', () => {
    const { pool } = fakeAddon();
    const foreign = new Uint8Array(MB);
    pool.retain(foreign);
    pool.release(foreign);
    expect(pool.has(foreign)).toBe(false);
    expect(pool.statistics()).toEqual({ used: 0, free: 0 });
  });

  it('holds at most 1.5 times the peak of used memory', () => {
    const { pool, discarded } = fakeAddon();
    for (let size = 40; size <= 80; size += 8) pool.release(take(pool, size * MB));
    const { used, free } = pool.statistics();
    expect(used).toBe(0);
    expect(free).toBeLessThanOrEqual(1.5 * 80 * MB);
    expect(discarded.length).toBeGreaterThan(0);
  });

  it('uses a larger block before it exceeds its limit', () => {
    const { pool } = fakeAddon();
    const large = take(pool, 80 * MB);
    pool.release(large);
    expect(take(pool, 60 * MB)).toBe(large);
  });

  it('frees everything when it is idle, and nothing while it is busy', () => {
    const { pool, discarded, calls } = fakeAddon();
    const block = take(pool, MB);
    pool.release(block);
    vi.advanceTimersByTime(3000); // the first tick sees the calls above
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
