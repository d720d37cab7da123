import type { DataType } from '@tensorflow/tfjs-core';

/**
 * The values of a tensor, before they are computed. A kernel that is called next may do its own work as the values are stored
 * (`followedBy`, `plus`); then these are never computed by themselves.
 */
export type Deferred = {
  readonly length: number;
  /** Whether `plus` saves a pass through memory. */
  readonly addsFreely: boolean;
  /** Writes the values, once. */
  compute(into: Float32Array): void;
  /** Gives back what was held for that, once: they have been computed, or nobody wants them any more. */
  drop(): void;
  /** The sum of these values and others of the same number, or undefined where that cannot be deferred. */
  plus(values: Float32Array): Deferred | undefined;
};

/** Where a tensor's memory comes from. */
type Memory = { own(length: number): Float32Array };

/** A back end's record of a tensor whose values are computed when they are first read. */
export class DeferredValues {
  readonly dtype: DataType = 'float32';
  refCount = 1;
  readonly #memory: Memory;
  #deferred: Deferred | undefined;
  #values: Float32Array | undefined;

  /** @param memory - Gives what the values are computed into. */
  constructor(deferred: Deferred, memory: Memory) {
    this.#deferred = deferred;
    this.#memory = memory;
  }

  /** What the values will be computed by; undefined once they have been. */
  get deferred(): Deferred | undefined {
    return this.#deferred;
  }

  get values(): Float32Array {
    const deferred = this.#deferred;
    if (deferred) {
      const values = this.#memory.own(deferred.length);
      deferred.compute(values);
      this.#values = values;
      this.drop();
    }
    return this.#values as Float32Array;
  }

  /** Forgets values that have not been computed. */
  drop(): void {
    this.#deferred?.drop();
    this.#deferred = undefined;
  }
}
