import type { Addon } from './addon.ts';

/** Typed arrays shorter than this (in bytes) are left to JavaScript: they cost it little, and the pool would cost more. */
const SMALLEST_POOLED = 2048;

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
  /** In blocks that hold tensors. */
  readonly used: number;
  /** In blocks kept for the next tensors. */
  readonly free: number;
};

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
};

/**
 * Memory for tensors, kept from one step to the next: a fresh page costs more than what a kernel does with it.
 * Blocks come in size classes; what is free is bounded by what was lately in use, and given back when nothing happens.
 * A block that JavaScript drops without giving it back is freed by the garbage collector and forgotten here.
 */
export class BufferPool {
  readonly #addon: Addon;
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

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#dropped = new FinalizationRegistry(({ capacity, isOut }) => {
      if (isOut) this.#used -= capacity;
    });
  }

  /** A buffer of at least that many bytes with undefined content, or undefined where the pool takes no part. */
  take(bytes: number): ArrayBuffer | undefined {
    if (bytes < SMALLEST_POOLED || this.#isOff) return undefined;
    this.#calls++;
    const capacity = sizeClass(bytes);
    const block = this.#reuse(capacity) ?? this.#make(capacity);
    block.owners = 0;
    this.#used += block.capacity;
    if (this.#used > this.#peak) this.#peak = this.#used;
    block.lease.isOut = true;
    this.#watch();
    return block.buffer;
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
    this.#kept += block.capacity;
    block.freedAt = ++this.#calls;
    const list = this.#free.get(block.capacity);
    if (list) list.push(block);
    else this.#free.set(block.capacity, [block]);
  }

  /** Gives free blocks back, those first that lay longest, until no more than `bytes` are kept. */
  trim(bytes = 0): void {
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

  statistics(): PoolStatistics {
    return { used: this.#used, free: this.#kept };
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
    this.trim(Math.max(0, this.#bound() - this.#used - capacity));
    const buffer = this.#addon.allocate(capacity) ?? new ArrayBuffer(capacity);
    const lease = { capacity, isOut: false };
    const block = { buffer, capacity, lease, owners: 0, freedAt: 0 };
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
