import type { MemoryBlock, ModuleMemory } from '@st/backend-native/kit';

/** Blocks are whole pages, so that the block of an address is found by its page. As in native/wasm/wasm-host.cc. */
const PAGE = 4096;

/** No block is larger than the memory can be. */
const MOST_BYTES = 2 ** 32 - PAGE;

/** `allocate` and `discard` of a WebAssembly module: blocks are addresses. */
export type LinearAddon = {
  allocate(bytes: number): number;
  discard(address: number, bytes: number): void;
};

/** WebAssembly's linear memory as the memory of a back end. It grows up to its maximum and never shrinks. */
export class LinearMemory implements ModuleMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #addon: LinearAddon;
  /** The buffers that the memory has had: growing makes a new one, and arrays on the old ones stay valid. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  /** The block of each page. */
  readonly #blocks: (MemoryBlock | undefined)[] = [];

  constructor(memory: WebAssembly.Memory, addon: LinearAddon) {
    this.#memory = memory;
    this.#addon = addon;
  }

  /** True if an array lies in this memory. */
  holds(array: ArrayBufferView): boolean {
    return this.#buffers.has(array.buffer) || array.buffer === this.#memory.buffer;
  }

  allocate(bytes: number): MemoryBlock {
    const size = Math.ceil(bytes / PAGE) * PAGE;
    if (size > MOST_BYTES) throw outOfMemory(bytes);
    const offset = this.#addon.allocate(size);
    const { buffer } = this.#memory;
    this.#buffers.add(buffer);
    const block = { buffer, offset, bytes: size };
    this.#setPages(block, block);
    return block;
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

/** The error that the module throws. */
function outOfMemory(bytes: number): Error {
  const message = `[@st/backend-wasm] allocate: out of memory, ${bytes} bytes were wanted`;
  return Object.assign(new Error(message), { code: 'ERR_MEMORY_ALLOCATION_FAILED' });
}
