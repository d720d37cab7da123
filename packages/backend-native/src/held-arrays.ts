import type { BufferPool } from './buffer-pool.ts';

/**
 * Arrays that are read later than their tensors may live: their blocks do not go back to the pool before. Only blocks of the pool
 * are held; an array from elsewhere is its maker's, who may change it.
 */
export class HeldArrays {
  readonly #pool: BufferPool;
  readonly #arrays: readonly Float32Array[];

  private constructor(pool: BufferPool, arrays: readonly Float32Array[]) {
    this.#pool = pool;
    this.#arrays = arrays;
    for (const { buffer } of arrays) pool.retain(buffer);
  }

  /** Undefined where one of the arrays is not the pool's. */
  static of(pool: BufferPool, arrays: readonly (Float32Array | undefined)[]): HeldArrays | undefined {
    const given = arrays.filter((array) => array !== undefined);
    return given.every(({ buffer }) => pool.has(buffer)) ? new HeldArrays(pool, given) : undefined;
  }

  release(): void {
    for (const { buffer } of this.#arrays) this.#pool.release(buffer);
  }
}
