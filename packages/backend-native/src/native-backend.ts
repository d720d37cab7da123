import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  type backend_util,
  buffer,
  type DataId,
  type DataType,
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Rank,
  type TensorBuffer,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { Addon } from './addon.ts';
import { BufferPool, type PoolMemory, type PoolStatistics } from './buffer-pool.ts';
import { ConvolutionFilters } from './convolution-filters.ts';
import { DeferralBackoff } from './deferral-backoff.ts';
import type { Deferred } from './deferred-values.ts';
import type { ModuleMemory } from './module-memory.ts';
import { PendingKernels } from './pending-kernels.ts';
import { TensorRecord } from './tensor-record.ts';

/** The array types of numeric tensors. */
export type Values = Float32Array | Int32Array | Uint8Array;

type ArrayType<V extends Values> = {
  new (buffer: ArrayBufferLike, offset: number, length: number): V;
  readonly BYTES_PER_ELEMENT: number;
};

/** A tensor that a kernel is about to write. */
export type Output<V extends Values = Float32Array> = { readonly info: TensorInfo; readonly values: V };

/**
 * tfjs's `cpu` back end with memory from a pool. Whatever no native kernel replaces works as in `cpu`.
 * Tensors that share memory in `cpu` (a slice of a tensor, the parts of a complex one) may share a block of the pool, too: it is
 * released with the last of them. Values from the caller and for the caller are copied, so that nobody else can write to,
 * transfer or shrink the arrays that kernels use.
 * Kernels run asynchronously, in the order of their calls; reading values waits for them. A block may be released and reused
 * while kernels still use it, because its next user comes later in the same order.
 */
export class NativeBackend extends MathBackendCPU {
  /** The name under which it is registered. */
  readonly name: string;
  readonly addon: Addon;
  readonly pool: BufferPool;
  readonly filters: ConvolutionFilters;
  readonly deferralBackoff: DeferralBackoff = new DeferralBackoff();
  readonly pending: PendingKernels;
  #nextDataId = 0;
  /** Auxiliary arrays of the kernels that are being called, to be released when these return. */
  readonly #auxiliary: Values[] = [];

  readonly #end: (() => void) | undefined;

  /** `end` is called when the back end is disposed. */
  constructor(name: string, addon: Addon, memory: ModuleMemory, end?: () => void) {
    super();
    this.#end = end;
    this.name = name;
    this.addon = addon;
    this.pool = new BufferPool(addon, memory);
    this.pending = new PendingKernels({
      synchronize: () => {
        addon.synchronize();
        this.pool.settled();
      },
    });
    this.filters = new ConvolutionFilters(addon, this.pool);
  }

  /** Replaces `cpu`'s method, whose first call logs advice to install tfjs-node. */
  override write(values: backend_util.BackendValues, _shape: number[], dtype: DataType): DataId {
    return this.#add(TensorRecord.of(this, dtype, this.#copied(values, dtype)));
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    _shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.data.set(dataId, TensorRecord.of(this, dtype, this.#copied(values, dtype), refCount));
  }

  /** Called by inherited kernels for their results. */
  override makeTensorInfo(
    shape: number[],
    dtype: DataType,
    values?: backend_util.BackendValues | string[],
  ): TensorInfo {
    const isText = dtype === 'string' && typeof values?.[0] === 'string';
    if (isText || !values) return super.makeTensorInfo(shape, dtype, values);
    const result = values as backend_util.BackendValues;
    // A view of a tensor keeps its block alive.
    if (ArrayBuffer.isView(result)) this.pool.retain(result);
    return { dataId: this.#add(TensorRecord.of(this, dtype, result)), shape, dtype };
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const record = this.#recordOf(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) {
      this.filters.forget(dataId);
      const values = record.dispose();
      if (ArrayBuffer.isView(values)) this.pool.release(values);
    }
    return gone;
  }

  /** Returns a copy. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    const record = this.#recordOf(dataId);
    if (record.isPending) {
      record.compute();
      this.pending.finishEra();
    }
    return copyOf(super.readSync(dataId));
  }

  /** Returns a copy as well: inherited kernels only read it, but tfjs gives callers access to back ends. */
  override bufferSync<R extends Rank, D extends DataType>(info: TensorInfo): TensorBuffer<R, D> {
    const { values } = this.#recordOf(info.dataId);
    if (info.dtype === 'string' || info.dtype === 'complex64' || !ArrayBuffer.isView(values))
      return super.bufferSync(info);
    const numbers = util.convertBackendValuesAndArrayBuffer(copyOf(values), info.dtype);
    // The type of the buffer follows from `info`, which the type system cannot express.
    return buffer(info.shape, info.dtype, numbers as Values) as unknown as TensorBuffer<R, D>;
  }

  /** Exact: the pool tracks its blocks, and the bytes of a tensor are counted when it is created and disposed. */
  override memory(): ReturnType<MathBackendCPU['memory']> & { pool: PoolStatistics } {
    return { unreliable: false, reasons: [], pool: this.pool.statistics() };
  }

  override dispose(): void {
    this.addon.synchronize();
    this.pool.trim();
    super.dispose();
    this.#end?.();
  }

  /** Includes the time of all queued kernels. */
  override async time(run: () => void): ReturnType<MathBackendCPU['time']> {
    const start = util.now();
    run();
    this.pending.finishEra();
    return { kernelMs: util.now() - start };
  }

  /** A tensor's values as float32, for a kernel; converted if `cpu` stores integers or booleans under that dtype. */
  floats(info: TensorInfo): Float32Array {
    return this.#forKernel(Float32Array, info);
  }

  ints(info: TensorInfo): Int32Array {
    return this.#forKernel(Int32Array, info);
  }

  bytes(info: TensorInfo): Uint8Array {
    return this.#forKernel(Uint8Array, info);
  }

  /** `floats`, complete, for JavaScript to read. */
  readFloats(info: TensorInfo): Float32Array {
    const { values } = this.#recordOf(info.dataId);
    return values instanceof Float32Array ? values : Float32Array.from(numeric(values));
  }

  /** `ints`, complete, for JavaScript to read. */
  readInts(info: TensorInfo): Int32Array {
    const { values } = this.#recordOf(info.dataId);
    return values instanceof Int32Array ? values : Int32Array.from(numeric(values));
  }

  /** The values in the array type of the tensor's dtype. */
  values(info: TensorInfo): Values {
    if (info.dtype === 'float32') return this.floats(info);
    return info.dtype === 'int32' ? this.ints(info) : this.bytes(info);
  }

  /** Memory for `length` floats of a tensor, with undefined contents. */
  allocate(length: number): Float32Array {
    return this.#array(Float32Array, this.pool.take(length * 4), length);
  }

  /**
   * Numbers that a kernel uses beside tensors, in the module's memory: a kernel with an array outside it would not be queued but
   * waited for. Given a length, the contents are undefined. Released when the kernel's call returns: whatever is read later holds it
   * (`HeldArrays`).
   */
  auxiliary(values: number | ArrayLike<number>): Float32Array {
    if (typeof values === 'number') return this.#released(this.allocate(values));
    const copy = this.#array(Float32Array, this.pool.takeSettled(values.length * 4), values.length);
    copy.set(values);
    return this.#released(copy);
  }

  /** Marks the beginning of a kernel's call. */
  beginCall(): number {
    return this.#auxiliary.length;
  }

  /** Releases the auxiliary arrays that were made since `beginCall` returned `begin`. */
  endCall(begin: number): void {
    while (this.#auxiliary.length > begin) this.pool.release(this.#auxiliary.pop() as Values);
  }

  /** A new float32 tensor with undefined contents. */
  output(shape: readonly number[]): Output {
    return this.#output(shape, 'float32', this.allocate(util.sizeFromShape([...shape])));
  }

  /** A new float32 tensor whose values are computed on the first read, and never if they are not read. */
  deferred(shape: readonly number[], deferred: Deferred): TensorInfo {
    return { dataId: this.#add(TensorRecord.deferred(this, deferred)), shape: [...shape], dtype: 'float32' };
  }

  /** The pending computation of a tensor, if its values are not computed yet. */
  deferredOf(info: TensorInfo): Deferred | undefined {
    return this.#recordOf(info.dataId).deferred;
  }

  outputInts(shape: readonly number[]): Output<Int32Array> {
    const length = util.sizeFromShape([...shape]);
    return this.#output(shape, 'int32', this.#array(Int32Array, this.pool.take(length * 4), length));
  }

  outputBytes(shape: readonly number[]): Output<Uint8Array> {
    const length = util.sizeFromShape([...shape]);
    return this.#output(shape, 'bool', this.#array(Uint8Array, this.pool.take(length), length));
  }

  outputOf(shape: readonly number[], dtype: DataType): Output<Values> {
    if (dtype === 'float32') return this.output(shape);
    return dtype === 'int32' ? this.outputInts(shape) : this.outputBytes(shape);
  }

  /** The same values with another shape. */
  reshaped(info: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: [...shape], dtype: info.dtype };
  }

  /** Runs another kernel of this back end that has one result. */
  run(name: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap = {}): TensorInfo {
    const result = getKernel(name, this.name).kernelFunc({ inputs, attrs, backend: this });
    const single = Array.isArray(result) ? result[0] : result;
    if (!single) throw new Error(`[@st/backend-native] ${name} gave no result.`);
    return single;
  }

  /**
   * A tensor's values in the module's memory. Results of inherited kernels are moved there, because a kernel with other arrays
   * would not be queued but waited for.
   */
  #forKernel<V extends Values>(type: ArrayType<V>, info: TensorInfo): V {
    const record = this.#recordOf(info.dataId);
    const { stored } = record;
    const isOfType = stored instanceof type;
    if (isOfType && this.pool.has(stored)) return stored;
    const values = numeric(record.values);
    const bytes = values.length * type.BYTES_PER_ELEMENT;
    const copy = this.#array(type, this.pool.takeSettled(bytes), values.length);
    copy.set(values);
    if (isOfType) record.moveTo(copy);
    else this.#released(copy);
    return copy;
  }

  /** The array, which is released when the kernel's call returns. */
  #released<V extends Values>(array: V): V {
    this.#auxiliary.push(array);
    return array;
  }

  #output<V extends Values>(shape: readonly number[], dtype: DataType, values: V): Output<V> {
    const dataId = this.#add(TensorRecord.output(this, dtype, values));
    return { info: { dataId, shape: [...shape], dtype }, values };
  }

  #add(record: TensorRecord): DataId {
    const dataId = { id: this.#nextDataId++ };
    this.data.set(dataId, record);
    return dataId;
  }

  /** Every record is a `TensorRecord`, which the type of `cpu`'s storage does not say. */
  #recordOf(dataId: DataId): TensorRecord {
    return this.data.get(dataId) as TensorRecord;
  }

  /** An array in pool memory, which it retains. */
  #array<V extends Values>(type: ArrayType<V>, { buffer, offset }: PoolMemory, length: number): V {
    const array = new type(buffer, offset, length);
    this.pool.retain(array);
    return array;
  }

  /** A copy of the caller's values in pool memory. */
  #copied(values: backend_util.BackendValues, dtype: DataType): backend_util.BackendValues {
    if (!ArrayBuffer.isView(values)) return copyOf(values);
    const source = isValues(values) ? values : inTypeOf(dtype, values);
    const memory = this.pool.takeSettled(source.byteLength);
    const type = source instanceof Float32Array ? Float32Array : source instanceof Int32Array ? Int32Array : Uint8Array;
    const copy = this.#array<Values>(type, memory, source.length);
    copy.set(source);
    return copy;
  }
}

const isValues = (values: unknown): values is Values =>
  values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;

/** Converts numbers from another array type to the one of the dtype. */
function inTypeOf(dtype: DataType, values: ArrayLike<number>): Values {
  if (dtype === 'int32') return Int32Array.from(values);
  return dtype === 'bool' ? Uint8Array.from(values) : Float32Array.from(values);
}

/** Does not use `slice`, which returns a view for a Node Buffer. */
function copyOf(values: backend_util.BackendValues): backend_util.BackendValues {
  if (values instanceof Float32Array) return new Float32Array(values);
  if (values instanceof Int32Array) return new Int32Array(values);
  if (values instanceof Uint8Array) return new Uint8Array(values);
  return Array.isArray(values)
    ? values.map((text) => (text instanceof Uint8Array ? new Uint8Array(text) : text))
    : values;
}

/** The typed array of a numeric tensor. Strings and complex numbers have none, and no kernel that computes takes them. */
function numeric(values: backend_util.BackendValues | undefined): Values {
  if (isValues(values)) return values;
  if (Array.isArray(values) && values.length === 0) return new Uint8Array(0); // `cpu`'s values of an empty tensor
  throw new TypeError('[@st/backend-native] a numeric tensor was wanted, got one of strings or complex numbers.');
}
