import type { Addon } from './addon.ts';

/** Arrays shorter than this (in bytes) lie together in a slab, each on cache lines of its own. */
const SMALLEST_ALONE = 2048;
const SLAB = 16 * 1024;
const CACHE_LINE = 64;

/** Blocks of one size that kernels may still be using, in bytes: with more of them it is better to wait for the kernels than to make new ones. */
const MOST_UNSETTLED = 16 * 2 ** 20;

/** Size classes an octave: 8 waste at most an eighth of a block, and the end of a large block is never touched. */
const CLASSES_PER_OCTAVE = 8;

/** All blocks together may hold this many times what was in use at once lately; steps that repeat need no more. */
const SLACK = 1.5;

/** Below this the pool gives nothing back while it is busy. */
const ALWAYS_KEPT = 64 * 2 ** 20;

/** "Lately" is this window and the one before it. */
const WINDOW_MS = 10_000;

/** A pool that served nothing from one tick to the next gives everything back. */
const TICK_MS = 3_000;

/** What a pool holds, in bytes. */
export type PoolStatistics = {
  /** In blocks that hold tensors; small ones, which share blocks, are not counted. */
  readonly used: number;
  /** In blocks kept for the next tensors. */
  readonly free: number;
};

/** What a pool uses of the module. */
type PoolAddon = Pick<Addon, 'allocate' | 'discard' | 'releaseScratch' | 'isIdle' | 'synchronize'>;

/** Memory for one array. */
export type Room = { readonly buffer: ArrayBuffer; readonly offset: number };

/** What is known of a block without its buffer, and left when that is gone. */
type Lease = { readonly capacity: number; isOut: boolean };

type Block = {
  readonly buffer: ArrayBuffer;
  readonly capacity: number;
  readonly lease: Lease;
  /** Tensors whose values lie in this block: kernels inherited from `cpu` share one array among several. */
  owners: number;
  /** When it became free, in calls. */
  freedAt: number;
  /** Whether it holds small arrays. */
  isSlab: boolean;
};

/**
 * Memory for tensors, kept from one step to the next: a fresh page costs more than what a kernel does with it.
 * Blocks come in size classes; what is free is bounded by what was lately in use, and given back when nothing happens.
 * A block that JavaScript drops without giving it back is freed by the garbage collector and forgotten here.
 *
 * All of the back end's arrays lie here, the small ones too: the module queues kernels only on blocks of its own, which no caller can
 * transfer or shrink.
 */
export class BufferPool {
  readonly #addon: PoolAddon;
  readonly #free = new Map<number, Block[]>();
  readonly #blocks = new WeakMap<ArrayBufferLike, Block>();
  readonly #dropped: FinalizationRegistry<Lease>;
  #used = 0;
  #kept = 0;
  #peak = 0;
  #previousPeak = 0;
  #windowStart = 0;
  #calls = 0;
  #timer: NodeJS.Timeout | undefined;
  /** For checks of memory, which see the end of an array only where it is the end of a block. */
  readonly #isOff = process.env.ST_NATIVE_NO_POOL === '1';
  /** The slab that small arrays are put into, and how far it is full. */
  #slab: { readonly block: Block; filled: number } | undefined;
  /** What `takeUnowned` takes from, and how far it is full. */
  #unowned: { readonly buffer: ArrayBuffer; filled: number } | undefined;
  /** Blocks that became free before this call are used by no kernel. */
  #settledAt = 0;
  /** Bytes of slabs in use. */
  #inSlabs = 0;

  constructor(addon: PoolAddon) {
    this.#addon = addon;
    this.#dropped = new FinalizationRegistry(({ capacity, isOut }) => {
      if (isOut) this.#used -= capacity;
    });
  }

  /** Room for that many bytes with undefined content, for a kernel to write to: those called before may still be using it. */
  take(bytes: number): Room {
    if (this.#isOff) return { buffer: this.#lease(this.#make(Math.max(1, bytes))).buffer, offset: 0 };
    if (bytes < SMALLEST_ALONE) return this.#takeInSlab(bytes);
    const capacity = sizeClass(bytes);
    return { buffer: this.#lease(this.#reuse(capacity) ?? this.#make(capacity)).buffer, offset: 0 };
  }

  /** Room for that many bytes that no kernel is using, for JavaScript to write to. */
  takeSettled(bytes: number): Room {
    // A slab is settled when it is begun, and no place in it is used twice.
    if (this.#isOff || bytes < SMALLEST_ALONE) return this.take(bytes);
    return { buffer: this.#lease(this.#settledBlock(sizeClass(bytes))).buffer, offset: 0 };
  }

  /**
   * Room for what a kernel reads or writes beside its tensors, such as coefficients a channel. Nobody gives it back: its block goes with the
   * last array in it, and the garbage collector waits for the kernels that use it.
   */
  takeUnowned(bytes: number): Room {
    const size = Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
    if (this.#isOff || size > SLAB) return { buffer: this.#addon.allocate(bytes) ?? new ArrayBuffer(bytes), offset: 0 };
    if (!this.#unowned || this.#unowned.filled + size > SLAB) {
      this.#unowned = { buffer: this.#addon.allocate(SLAB) ?? new ArrayBuffer(SLAB), filled: 0 };
    }
    const { buffer, filled: offset } = this.#unowned;
    this.#unowned.filled += size;
    return { buffer, offset };
  }

  /** Says that all kernels have run that were called so far. */
  settled(): void {
    this.#settledAt = ++this.#calls;
  }

  /** Whether the buffer is one of this pool's. */
  has(buffer: ArrayBufferLike): boolean {
    return this.#blocks.has(buffer);
  }

  /** Says that one more tensor has its values in this buffer. */
  retain(buffer: ArrayBufferLike): void {
    const block = this.#blocks.get(buffer);
    if (block) block.owners++;
  }

  /** Says that one tensor less has; the last one gives the buffer back. */
  release(buffer: ArrayBufferLike): void {
    const block = this.#blocks.get(buffer);
    if (!block || --block.owners > 0) return;
    block.lease.isOut = false;
    this.#used -= block.capacity;
    if (block.isSlab) this.#inSlabs -= SLAB;
    block.isSlab = false;
    if (this.#isOff) {
      this.#blocks.delete(buffer);
      return;
    }
    this.#kept += block.capacity;
    block.freedAt = ++this.#calls;
    const list = this.#free.get(block.capacity);
    if (list) list.push(block);
    else this.#free.set(block.capacity, [block]);
  }

  /** Gives free blocks back. */
  trim(): void {
    if (this.#slab?.block.owners === 1) this.#endSlab();
    this.#shrinkTo(0);
  }

  statistics(): PoolStatistics {
    return { used: this.#used - this.#inSlabs, free: this.#kept };
  }

  /** Gives free blocks back, those first that lay longest, until no more than `bytes` are kept. */
  #shrinkTo(bytes: number): void {
    while (this.#kept > bytes) {
      let oldest: Block[] | undefined;
      for (const list of this.#free.values()) {
        if (list[0] && (!oldest?.[0] || list[0].freedAt < oldest[0].freedAt)) oldest = list;
      }
      const block = oldest?.shift();
      if (!block) return;
      this.#kept -= block.capacity;
      // The pages go at once, the addresses when the garbage collector finds the buffer.
      this.#addon.discard(block.buffer);
      this.#blocks.delete(block.buffer);
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

  #takeInSlab(bytes: number): Room {
    const size = Math.ceil(bytes / CACHE_LINE) * CACHE_LINE;
    if (this.#slab && this.#slab.filled + size > SLAB) this.#endSlab();
    if (!this.#slab) {
      const block = this.#lease(this.#settledBlock(SLAB));
      block.owners = 1;
      block.isSlab = true;
      this.#inSlabs += SLAB;
      this.#slab = { block, filled: 0 };
    }
    const offset = this.#slab.filled;
    this.#slab.filled += size;
    return { buffer: this.#slab.block.buffer, offset };
  }

  /** The slab goes back with the last array in it. */
  #endSlab(): void {
    const slab = this.#slab;
    this.#slab = undefined;
    if (slab) this.release(slab.block.buffer);
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

  /** Where memory would grow past its bound, a free block of up to twice the size serves too. */
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
    const buffer = this.#addon.allocate(capacity) ?? new ArrayBuffer(capacity);
    const lease = { capacity, isOut: false };
    const block = { buffer, capacity, lease, owners: 0, freedAt: 0, isSlab: false };
    this.#dropped.register(buffer, lease);
    this.#blocks.set(buffer, block);
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

  /** The timer holds no process open, and ends with the last free block. */
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
    this.#timer.unref();
  }
}

/** The smallest class that holds `bytes`: octaves in equal steps, whole cache lines. */
function sizeClass(bytes: number): number {
  const step = Math.max(64, 2 ** Math.floor(Math.log2(bytes)) / CLASSES_PER_OCTAVE);
  return Math.ceil(bytes / step) * step;
}
