import type { Addon } from './addon.ts';

/** A block of the module's memory. Arrays in it lie in `buffer` from `offset` on. */
export type MemoryBlock = { readonly buffer: ArrayBufferLike; readonly offset: number; readonly bytes: number };

/** The memory of a native module, from which the back end's arrays are made. */
export type ModuleMemory = {
  /**
   * A block of at least `bytes` bytes.
   * @throws an error with the code ERR_MEMORY_ALLOCATION_FAILED if out of memory.
   */
  allocate(bytes: number): MemoryBlock;
  /** Gives a block's memory back after all kernels have run. Its arrays must not be used any more. */
  discard(block: MemoryBlock): void;
  /** What identifies the block that an array lies in: the same object for all of its arrays. Undefined for most other arrays. */
  keyOf(array: ArrayBufferView): object | undefined;
  keyOfBlock(block: MemoryBlock): object;
};

/** The memory of a Node-API module: each block is an ArrayBuffer, which is freed by the garbage collector. */
export class ArrayBufferMemory implements ModuleMemory {
  readonly #addon: Pick<Addon, 'allocate' | 'discard'>;

  constructor(addon: Pick<Addon, 'allocate' | 'discard'>) {
    this.#addon = addon;
  }

  allocate(bytes: number): MemoryBlock {
    // Some runtimes allow no external memory (V8's sandbox).
    return { buffer: this.#addon.allocate(bytes) ?? new ArrayBuffer(bytes), offset: 0, bytes };
  }

  /** The pages are returned now, the addresses when the buffer is garbage-collected. */
  discard({ buffer }: MemoryBlock): void {
    this.#addon.discard(buffer as ArrayBuffer);
  }

  keyOf(array: ArrayBufferView): object {
    return array.buffer;
  }

  keyOfBlock(block: MemoryBlock): object {
    return block.buffer;
  }
}
