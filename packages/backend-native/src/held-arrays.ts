import type { BufferPool } from './buffer-pool.ts';

/**
 * Arrays that are read later than their tensors may live: their blocks are not released before. Only blocks of the pool can be
 * held; other arrays belong to their creator, who may change them.
 */
export class HeldArrays {
  readonly #pool: BufferPool;
  readonly #arrays: readonly Float32Array[];

  private constructor(pool: BufferPool, arrays: readonly Float32Array[]) {
    this.#pool = pool;
    this.#arrays = arrays;
    for (const array of arrays) pool.retain(array);
  }

  /** Undefined if one of the arrays does not belong to the pool. */
  static of(pool: BufferPool, arrays: readonly (Float32Array | undefined)[]): HeldArrays | undefined {
    const present = arrays.filter((array) => array !== undefined);
    return present.every((array) => pool.has(array)) ? new HeldArrays(pool, present) : undefined;
  }

  release(): void {
    for (const array of this.#arrays) this.#pool.release(array);
  }
}
