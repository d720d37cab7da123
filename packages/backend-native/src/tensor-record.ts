import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { Deferred } from './deferred-values.ts';
import { PendingKernels } from './pending-kernels.ts';

/** The back end, as far as a record needs it. */
type RecordBackend = { readonly pending: PendingKernels; allocate(length: number): Float32Array };

/**
 * The back end's record of a tensor, in place of `cpu`'s. Inherited kernels read `values`, which are computed and complete;
 * native kernels read `stored`, which earlier kernels may still be writing.
 */
export class TensorRecord {
  readonly dtype: DataType;
  refCount: number;
  /** Parts of a complex tensor, set by `cpu`'s kernel. */
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };
  readonly #backend: RecordBackend;
  #stored: backend_util.BackendValues | undefined;
  #deferred: Deferred | undefined;
  #writtenIn: number;

  private constructor(
    backend: RecordBackend,
    dtype: DataType,
    stored: backend_util.BackendValues | undefined,
    deferred: Deferred | undefined,
    { refCount = 1, writtenIn = PendingKernels.NEVER } = {},
  ) {
    this.#backend = backend;
    this.dtype = dtype;
    this.#stored = stored;
    this.#deferred = deferred;
    this.refCount = refCount;
    this.#writtenIn = writtenIn;
  }

  /** A tensor with complete values. */
  static of(backend: RecordBackend, dtype: DataType, values: backend_util.BackendValues, refCount = 1): TensorRecord {
    return new TensorRecord(backend, dtype, values, undefined, { refCount });
  }

  /** A tensor that the next kernel call will write. */
  static output(backend: RecordBackend, dtype: DataType, values: backend_util.BackendValues): TensorRecord {
    return new TensorRecord(backend, dtype, values, undefined, { writtenIn: backend.pending.era });
  }

  /** A float32 tensor whose values are computed on the first read, and never if they are not read. */
  static deferred(backend: RecordBackend, deferred: Deferred): TensorRecord {
    return new TensorRecord(backend, 'float32', undefined, deferred);
  }

  /** The pending computation; undefined once the values have been requested. */
  get deferred(): Deferred | undefined {
    return this.#deferred;
  }

  /** True if the values are deferred, or if a queued kernel may still be writing them. */
  get isPending(): boolean {
    return this.#deferred !== undefined || this.#writtenIn === this.#backend.pending.era;
  }

  /** The values, complete, for JavaScript to read. Waits for the kernels if needed. */
  get values(): backend_util.BackendValues {
    const { stored } = this;
    this.#backend.pending.await(this.#writtenIn);
    this.#writtenIn = PendingKernels.NEVER;
    return stored;
  }

  /** The values for a kernel to read; earlier kernels may still be writing them. */
  get stored(): backend_util.BackendValues {
    this.compute();
    return this.#stored as backend_util.BackendValues;
  }

  /** Starts the computation of deferred values. */
  compute(): void {
    const deferred = this.#deferred;
    if (!deferred) return;
    const values = this.#backend.allocate(deferred.length);
    deferred.compute(values);
    this.#stored = values;
    this.#writtenIn = this.#backend.pending.era;
    this.#releaseDeferred();
  }

  /** Replaces the array by another one with the same values. */
  moveTo(values: backend_util.BackendValues): void {
    this.#stored = values;
  }

  /** Ends the record; returns the array to be released, if there is one. */
  dispose(): backend_util.BackendValues | undefined {
    this.#releaseDeferred();
    return this.#stored;
  }

  #releaseDeferred(): void {
    this.#deferred?.release();
    this.#deferred = undefined;
  }
}
