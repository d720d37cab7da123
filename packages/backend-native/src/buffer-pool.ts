import type { Addon } from './addon.ts';
import type { MemoryBlock, ModuleMemory } from './module-memory.ts';

/** Arrays shorter than this (in bytes) share a slab; each begins at a cache line. */
const SMALLEST_ALONE = 2048;
const SLAB = 16 * 1024;
const CACHE_LINE = 64;

/**
 * Limit, in bytes, of free blocks of one size that kernels may still be using. Above it, waiting for the kernels is better than
 * allocating more blocks.
 */
const MOST_UNSETTLED = 16 * 2 ** 20;

/**
 * Size classes per octave. With 8, at most an eighth of a block is wasted, and the unused end of a large block is never touched.
 */
const CLASSES_PER_OCTAVE = 8;

/** Limit of all blocks together, as a multiple of the recent peak of used memory. Repeated steps need no more. */
const SLACK = 1.5;

/** Below this size the pool frees nothing while it is in use. */
const ALWAYS_KEPT = 64 * 2 ** 20;

/** "Recent" means this window and the previous one. */
const WINDOW_MS = 10_000;

/** A pool without requests between two ticks frees all free blocks. */
const TICK_MS = 3_000;

/** Memory of the pool, in bytes. */
export type PoolStatistics = {
  /** Blocks that hold tensors, without the shared blocks of small arrays. */
  readonly used: number;
  /** Free blocks, cached for the next tensors. */
  readonly free: number;
};

/** The functions of the native module that the pool uses. */
type PoolAddon = Pick<Addon, 'releaseScratch' | 'isIdle' | 'synchronize'>;

/** Memory for one array. */
export type PoolMemory = { readonly buffer: ArrayBufferLike; readonly offset: number };

/** The state of a block that outlives its memory. */
type Lease = { readonly capacity: number; isOut: boolean };

type Block = {
  readonly memory: MemoryBlock;
  readonly key: object;
  readonly capacity: number;
  readonly lease: Lease;
  /** Number of tensors whose values lie in this block: kernels inherited from `cpu` may share one array between several. */
  owners: number;
  /** When it became free, counted in calls. */
  freedAt: number;
  /** True if it is a slab of small arrays. */
  isSlab: boolean;
};

/**
 * Memory for tensors, reused from step to step: a page fault costs more than the work of a kernel on that page.
 * Blocks come in size classes. Free memory is limited by the recent peak of used memory and is returned to the system when the
 * pool is idle. A block that JavaScript drops without releasing it, if the garbage collector frees it, is no longer counted here.
 * All arrays of the back end lie in the pool, small ones too: the native module queues kernels only on its own blocks, which no
 * caller can transfer or shrink.
 */
export class BufferPool {
  readonly #addon: PoolAddon;
  readonly #memory: ModuleMemory;
  readonly #free = new Map<number, Block[]>();
  readonly #blocks = new WeakMap<object, Block>();
  readonly #dropped: FinalizationRegistry<Lease>;
  #used = 0;
  #kept = 0;
  #peak = 0;
  #previousPeak = 0;
  #windowStart = 0;
  #calls = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** For memory checkers, which detect access past an array only at the end of a block. */
  readonly #isOff = globalThis.process?.env?.ST_NATIVE_NO_POOL === '1';
  /** The current slab for small arrays, and the bytes used in it. */
  #slab: { readonly block: Block; filled: number } | undefined;
  /** No kernel uses blocks that became free before this call. */
  #settledAt = 0;
  /** Bytes of slabs in use. */
  #inSlabs = 0;

  constructor(addon: PoolAddon, memory: ModuleMemory) {
    this.#addon = addon;
    this.#memory = memory;
    this.#dropped = new FinalizationRegistry(({ capacity, isOut }) => {
      if (isOut) this.#used -= capacity;
    });
  }

  /** Memory with undefined contents for a kernel to write to; earlier kernels may still be using it. */
  take(bytes: number): PoolMemory {
    if (this.#isOff) return this.#lease(this.#make(Math.max(1, bytes))).memory;
    if (bytes < SMALLEST_ALONE) return this.#takeInSlab(bytes);
    const capacity = sizeClass(bytes);
    return this.#lease(this.#reuse(capacity) ?? this.#make(capacity)).memory;
  }

  /** Memory that no kernel is using, for JavaScript to write to. */
  takeSettled(bytes: number): PoolMemory {
    // A new slab is not in use, and no place in it is used twice.
    if (this.#isOff || bytes < SMALLEST_ALONE) return this.take(bytes);
    return this.#lease(this.#settledBlock(sizeClass(bytes))).memory;
  }

  /** Called after all queued kernels have run. */
  settled(): void {
    this.#settledAt = ++this.#calls;
  }

  /** True if the array lies in a block of this pool. */
  has(array: ArrayBufferView): boolean {
    return this.#blockOf(array) !== undefined;
  }

  /** Adds an owner to the block of an array. */
  retain(array: ArrayBufferView): void {
    const block = this.#blockOf(array);
    if (block) block.owners++;
  }

  /** Removes an owner from the block of an array; without owners it becomes free. */
  release(array: ArrayBufferView): void {
    const block = this.#blockOf(array);
    if (block) this.#releaseBlock(block);
  }

  /** Returns free blocks to the system. */
  trim(): void {
    if (this.#slab?.block.owners === 1) this.#endSlab();
    this.#shrinkTo(0);
  }

  statistics(): PoolStatistics {
    return { used: this.#used - this.#inSlabs, free: this.#kept };
  }

  #blockOf(array: ArrayBufferView): Block | undefined {
    const key = this.#memory.keyOf(array);
    return key && this.#blocks.get(key);
  }

  #releaseBlock(block: Block): void {
    if (--block.owners > 0) return;
    block.lease.isOut = false;
    this.#used -= block.capacity;
    if (block.isSlab) this.#inSlabs -= SLAB;
    block.isSlab = false;
    if (this.#isOff) {
      this.#blocks.delete(block.key);
      return;
    }
    this.#kept += block.capacity;
    block.freedAt = ++this.#calls;
    const list = this.#free.get(block.capacity);
    if (list) list.push(block);
    else this.#free.set(block.capacity, [block]);
  }

  /** Returns free blocks to the system, those free for longest first, until at most `bytes` are kept. */
  #shrinkTo(bytes: number): void {
    while (this.#kept > bytes) {
      let oldest: Block[] | undefined;
      for (const list of this.#free.values()) {
        if (list[0] && (!oldest?.[0] || list[0].freedAt < oldest[0].freedAt)) oldest = list;
      }
      const block = oldest?.shift();
      if (!block) return;
      this.#kept -= block.capacity;
      this.#memory.discard(block.memory);
      this.#blocks.delete(block.key);
    }
  }

  #lease(block: Block): Block {
    this.#calls++;
    block.owners = 0;
    this.#used += block.capacity;
    if (this.#used > this.#peak) this.#peak = this.#used;
    block.lease.isOut = true;
    this.#watch();
    return block;
  }

  #takeInSlab(bytes: number): PoolMemory {
    const size = Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
    if (this.#slab && this.#slab.filled + size > SLAB) this.#endSlab();
    if (!this.#slab) {
      const block = this.#lease(this.#settledBlock(SLAB));
      block.owners = 1;
      block.isSlab = true;
      this.#inSlabs += SLAB;
      this.#slab = { block, filled: 0 };
    }
    const { buffer, offset } = this.#slab.block.memory;
    const at = offset + this.#slab.filled;
    this.#slab.filled += size;
    return { buffer, offset: at };
  }

  /** The slab is released with the last array in it. */
  #endSlab(): void {
    const slab = this.#slab;
    this.#slab = undefined;
    if (slab) this.#releaseBlock(slab.block);
  }

  /** A free block that no kernel is using, or a new one. */
  #settledBlock(capacity: number): Block {
    const list = this.#free.get(capacity);
    const oldest = list?.[0];
    if (!list || !oldest) return this.#make(capacity);
    if (oldest.freedAt > this.#settledAt && !this.#addon.isIdle()) {
      if (list.length * capacity < MOST_UNSETTLED) return this.#make(capacity);
      this.#addon.synchronize();
      this.settled();
    }
    list.shift();
    this.#kept -= capacity;
    return oldest;
  }

  #reuse(capacity: number): Block | undefined {
    const block = this.#free.get(capacity)?.pop() ?? this.#reuseLarger(capacity);
    if (block) this.#kept -= block.capacity;
    return block;
  }

  /** If a new block would exceed the limit, a free block of up to twice the size is used. */
  #reuseLarger(capacity: number): Block | undefined {
    if (this.#used + this.#kept + capacity <= this.#bound()) return undefined;
    let larger = capacity;
    for (let i = 0; i < CLASSES_PER_OCTAVE; i++) {
      larger = sizeClass(larger + 1);
      const block = this.#free.get(larger)?.pop();
      if (block) return block;
    }
    return undefined;
  }

  #make(capacity: number): Block {
    this.#shrinkTo(Math.max(0, this.#bound() - this.#used - capacity));
    const memory = this.#memory.allocate(capacity);
    const key = this.#memory.keyOfBlock(memory);
    const lease = { capacity, isOut: false };
    const block = { memory, key, capacity, lease, owners: 0, freedAt: 0, isSlab: false };
    this.#dropped.register(key, lease);
    this.#blocks.set(key, block);
    return block;
  }

  #bound(): number {
    const now = performance.now();
    if (now - this.#windowStart > WINDOW_MS) {
      this.#windowStart = now;
      this.#previousPeak = this.#peak;
      this.#peak = this.#used;
    }
    return Math.max(ALWAYS_KEPT, SLACK * Math.max(this.#peak, this.#previousPeak));
  }

  /** The timer does not keep the process alive, and stops when no block is free. */
  #watch(): void {
    if (this.#timer) return;
    let seen = this.#calls;
    this.#timer = setInterval(() => {
      if (this.#calls !== seen) {
        seen = this.#calls;
        return;
      }
      this.trim();
      this.#addon.releaseScratch();
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, TICK_MS);
    if (typeof this.#timer === 'object') this.#timer.unref(); // a number in browsers
  }
}

/** The smallest size class of at least `bytes` bytes: equal steps within an octave, full cache lines. */
function sizeClass(bytes: number): number {
  const step = Math.max(64, 2 ** Math.floor(Math.log2(bytes)) / CLASSES_PER_OCTAVE);
  return Math.ceil(bytes / step) * step;
}
