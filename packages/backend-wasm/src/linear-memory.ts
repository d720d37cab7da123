import type { MemoryBlock, ModuleMemory } from '@st/backend-native/kit';

import { isShortage, shortage } from './shortage.ts';

/** Blocks are whole pages, so that the block of an address is found by its page. As in native/wasm/wasm-host.cc. */
const PAGE = 4096;

/** No block is larger than the memory can be. */
const MOST_BYTES = 2 ** 32 - PAGE;

/** `allocate` and `discard` of a WebAssembly module: blocks are addresses. */
export type LinearAddon = {
  allocate(bytes: number): number;
  discard(address: number, bytes: number): void;
};

type LinearMemoryOptions = {
  readonly memory: WebAssembly.Memory;
  /** The size in bytes to which it may grow. */
  readonly mostBytes: number;
  readonly addon: LinearAddon;
  /** Discards blocks that are kept for later. */
  releaseFree(): void;
};

/** WebAssembly's linear memory as the memory of a back end. It grows up to its maximum and never shrinks. */
export class LinearMemory implements ModuleMemory {
  readonly mostBytes: number;
  readonly #memory: WebAssembly.Memory;
  readonly #addon: LinearAddon;
  readonly #releaseFree: () => void;
  /** The buffers that the memory has had: growing makes a new one, and arrays on the old ones stay valid. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  /** The block of each page. */
  readonly #blocks: (MemoryBlock | undefined)[] = [];

  constructor({ memory, mostBytes, addon, releaseFree }: LinearMemoryOptions) {
    this.#memory = memory;
    this.mostBytes = mostBytes;
    this.#addon = addon;
    this.#releaseFree = releaseFree;
  }

  /** Its size now, in bytes. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** True if an array lies in this memory. */
  holds(array: ArrayBufferView): boolean {
    return this.#buffers.has(array.buffer) || array.buffer === this.#memory.buffer;
  }

  allocate(bytes: number): MemoryBlock {
    const size = Math.ceil(bytes / PAGE) * PAGE;
    if (size > MOST_BYTES) {
      throw shortage(`[@st/backend-wasm] allocate: out of memory, ${bytes} bytes were wanted`, this.mostBytes);
    }
    const offset = this.#addressFor(size);
    const { buffer } = this.#memory;
    this.#buffers.add(buffer);
    const block = { buffer, offset, bytes: size };
    this.#setPages(block, block);
    return block;
  }

  #addressFor(bytes: number): number {
    try {
      return this.#addon.allocate(bytes);
    } catch (error) {
      if (!isShortage(error)) throw error;
      this.#releaseFree();
      return this.#addon.allocate(bytes);
    }
  }

  discard(block: MemoryBlock): void {
    this.#setPages(block, undefined);
    this.#addon.discard(block.offset, block.bytes);
  }

  keyOf(array: ArrayBufferView): object | undefined {
    return this.#buffers.has(array.buffer) ? this.#blocks[(array.byteOffset / PAGE) >>> 0] : undefined;
  }

  keyOfBlock(block: MemoryBlock): object {
    return block;
  }

  #setPages({ offset, bytes }: MemoryBlock, block: MemoryBlock | undefined): void {
    for (let page = offset / PAGE; page < (offset + bytes) / PAGE; page++) this.#blocks[page] = block;
  }
}
