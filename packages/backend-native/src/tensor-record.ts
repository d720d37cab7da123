import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { Deferred } from './deferred-values.ts';
import { PendingKernels } from './pending-kernels.ts';

/** Where a tensor's memory comes from. */
type Memory = { readonly pending: PendingKernels; own(length: number): Float32Array };

/**
 * A back end's record of a tensor, in the place of `cpu`'s. Kernels inherited from there read `values` and find them computed; native
 * ones take `stored`, which the kernels before them may still be writing.
 */
export class TensorRecord {
  readonly dtype: DataType;
  refCount: number;
  /** The parts of a complex tensor, set by `cpu`'s kernel. */
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  readonly #memory: Memory;
  #stored: backend_util.BackendValues | undefined;
  #deferred: Deferred | undefined;
  #writtenIn: number;

  private constructor(
    memory: Memory,
    dtype: DataType,
    stored: backend_util.BackendValues | undefined,
    deferred: Deferred | undefined,
    { refCount = 1, writtenIn = PendingKernels.NEVER } = {},
  ) {
    this.#memory = memory;
    this.dtype = dtype;
    this.#stored = stored;
    this.#deferred = deferred;
    this.refCount = refCount;
    this.#writtenIn = writtenIn;
  }

  /** A tensor whose values are there. */
  static of(memory: Memory, dtype: DataType, values: backend_util.BackendValues, refCount = 1): TensorRecord {
    return new TensorRecord(memory, dtype, values, undefined, { refCount });
  }

  /** A tensor that the next kernel writes. */
  static output(memory: Memory, dtype: DataType, values: backend_util.BackendValues): TensorRecord {
    return new TensorRecord(memory, dtype, values, undefined, { writtenIn: memory.pending.era });
  }

  /** A float32 tensor whose values are computed when they are first read, and never if nobody reads them. */
  static deferred(memory: Memory, deferred: Deferred): TensorRecord {
    return new TensorRecord(memory, 'float32', undefined, deferred);
  }

  /** What the values will be computed by; undefined once that has been asked for. */
  get deferred(): Deferred | undefined {
    return this.#deferred;
  }

  /** Whether the values are still to be computed, or a kernel that has been called may still be writing them. */
  get isPending(): boolean {
    return this.#deferred !== undefined || this.#writtenIn === this.#memory.pending.era;
  }

  /** The values for JavaScript to read. */
  get values(): backend_util.BackendValues {
    const { stored } = this;
    this.#memory.pending.await(this.#writtenIn);
    this.#writtenIn = PendingKernels.NEVER;
    return stored;
  }

  /** The values for a kernel to read. */
  get stored(): backend_util.BackendValues {
    this.compute();
    return this.#stored as backend_util.BackendValues;
  }

  /** Has values that were deferred computed. */
  compute(): void {
    const deferred = this.#deferred;
    if (!deferred) return;
    const values = this.#memory.own(deferred.length);
    deferred.compute(values);
    this.#stored = values;
    this.#writtenIn = this.#memory.pending.era;
    this.#drop();
  }

  /** The same values in another array. */
  moveTo(values: backend_util.BackendValues): void {
    this.#stored = values;
  }

  /** Ends the tensor; gives back the array that is to be released, if there is one. */
  end(): backend_util.BackendValues | undefined {
    this.#drop();
    return this.#stored;
  }

  #drop(): void {
    this.#deferred?.drop();
    this.#deferred = undefined;
  }
}
