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
import { BufferPool, type PoolStatistics } from './buffer-pool.ts';
import { ConvolutionFilters } from './convolution-filters.ts';
import { ReadTwice } from './deferred-convolution.ts';
import { type Deferred, DeferredValues } from './deferred-values.ts';

/** The name under which the back end registers. */
export const BACKEND_NAME = 'native';

/** The kinds of arrays that numeric tensors are stored in. */
export type Values = Float32Array | Int32Array | Uint8Array;

/** A tensor that a kernel is about to fill. */
export type Output<V extends Values = Float32Array> = { readonly info: TensorInfo; readonly values: V };

/**
 * tfjs's `cpu` back end with memory from a pool. Everything that is not replaced by a native kernel works as it does there.
 *
 * What `cpu` lets share memory (a slice of a tensor, the parts of a complex one) may share a block of the pool too: a block
 * goes back when the last tensor in it does. What leaves for the caller is a copy, since blocks are used again.
 */
export class NativeBackend extends MathBackendCPU {
  readonly addon: Addon;
  readonly pool: BufferPool;
  readonly filters: ConvolutionFilters;
  readonly readTwice: ReadTwice = new ReadTwice();
  #nextDataId = 0;

  constructor(addon: Addon) {
    super();
    this.addon = addon;
    this.pool = new BufferPool(addon);
    this.filters = new ConvolutionFilters(addon, this.pool);
  }

  /** Not `cpu`'s, whose first call advises to install tfjs-node. */
  override write(values: backend_util.BackendValues, _shape: number[], dtype: DataType): DataId {
    const dataId = { id: this.#nextDataId++ };
    this.#retain(values);
    this.data.set(dataId, { values, dtype, refCount: 1 });
    return dataId;
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.#retain(values);
    super.move(dataId, values, shape, dtype, refCount);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const record = this.data.get(dataId);
    const gone = super.disposeData(dataId, force);
    if (gone) {
      this.filters.forget(dataId);
      if (record instanceof DeferredValues && record.deferred) record.drop();
      else if (ArrayBuffer.isView(record.values)) this.pool.release(record.values.buffer);
    }
    return gone;
  }

  /** A copy where the values lie in the pool. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    const values = super.readSync(dataId);
    return ArrayBuffer.isView(values) && this.pool.has(values.buffer) ? values.slice() : values;
  }

  /** Used by inherited kernels for their inputs alone, so that it need not copy. */
  override bufferSync<R extends Rank, D extends DataType>(info: TensorInfo): TensorBuffer<R, D> {
    const { values } = this.data.get(info.dataId);
    if (info.dtype === 'string' || info.dtype === 'complex64' || !ArrayBuffer.isView(values))
      return super.bufferSync(info);
    const numbers = util.convertBackendValuesAndArrayBuffer(values, info.dtype);
    // The buffer's type follows from `info`, which the type system cannot know.
    return buffer(info.shape, info.dtype, numbers as Values) as unknown as TensorBuffer<R, D>;
  }

  /** Exact: the pool knows its blocks, and a tensor's bytes are counted when it is made and disposed. */
  override memory(): ReturnType<MathBackendCPU['memory']> & { pool: PoolStatistics } {
    return { unreliable: false, reasons: [], pool: this.pool.statistics() };
  }

  override dispose(): void {
    this.pool.trim();
    super.dispose();
  }

  /** A tensor's values as float32; converted where `cpu` keeps integers or booleans under that type. */
  floats(info: TensorInfo): Float32Array {
    const { values } = this.data.get(info.dataId);
    return values instanceof Float32Array ? values : Float32Array.from(numeric(values));
  }

  ints(info: TensorInfo): Int32Array {
    const { values } = this.data.get(info.dataId);
    return values instanceof Int32Array ? values : Int32Array.from(numeric(values));
  }

  bytes(info: TensorInfo): Uint8Array {
    const { values } = this.data.get(info.dataId);
    return values instanceof Uint8Array ? values : Uint8Array.from(numeric(values));
  }

  /** The values in the array type of the tensor's dtype. */
  values(info: TensorInfo): Values {
    if (info.dtype === 'float32') return this.floats(info);
    return info.dtype === 'int32' ? this.ints(info) : this.bytes(info);
  }

  /** Memory for `length` floats with undefined content that belongs to no tensor; `giveBack` when done. */
  borrow(length: number): Float32Array {
    const pooled = this.pool.take(length * 4);
    return pooled ? new Float32Array(pooled, 0, length) : new Float32Array(length);
  }

  /** Memory for `length` floats with undefined content that belongs to a tensor. */
  own(length: number): Float32Array {
    const values = this.borrow(length);
    this.#retain(values);
    return values;
  }

  giveBack(values: Float32Array): void {
    this.pool.release(values.buffer);
  }

  /** A new float32 tensor with undefined content. */
  output(shape: readonly number[]): Output {
    const values = this.borrow(util.sizeFromShape([...shape]));
    return { info: this.makeTensorInfo([...shape], 'float32', values), values };
  }

  /** A new float32 tensor whose values are computed when they are first read, and never if nobody reads them. */
  deferred(shape: readonly number[], deferred: Deferred): TensorInfo {
    const dataId = { id: this.#nextDataId++ };
    this.data.set(dataId, new DeferredValues(deferred, this));
    return { dataId, shape: [...shape], dtype: 'float32' };
  }

  /** What a tensor's values will be computed by, where they have not been yet. */
  deferredOf(info: TensorInfo): Deferred | undefined {
    const record = this.data.get(info.dataId);
    return record instanceof DeferredValues ? record.deferred : undefined;
  }

  outputInts(shape: readonly number[]): Output<Int32Array> {
    const length = util.sizeFromShape([...shape]);
    const pooled = this.pool.take(length * 4);
    const values = pooled ? new Int32Array(pooled, 0, length) : new Int32Array(length);
    return { info: this.makeTensorInfo([...shape], 'int32', values), values };
  }

  outputBytes(shape: readonly number[]): Output<Uint8Array> {
    const length = util.sizeFromShape([...shape]);
    const pooled = this.pool.take(length);
    const values = pooled ? new Uint8Array(pooled, 0, length) : new Uint8Array(length);
    return { info: this.makeTensorInfo([...shape], 'bool', values), values };
  }

  outputOf(shape: readonly number[], dtype: DataType): Output<Values> {
    if (dtype === 'float32') return this.output(shape);
    return dtype === 'int32' ? this.outputInts(shape) : this.outputBytes(shape);
  }

  /** The same values under another shape. */
  reshaped(info: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: [...shape], dtype: info.dtype };
  }

  /** Runs another kernel of this back end that has one result. */
  run(name: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap = {}): TensorInfo {
    const result = getKernel(name, BACKEND_NAME).kernelFunc({ inputs, attrs, backend: this });
    const only = Array.isArray(result) ? result[0] : result;
    if (!only) throw new Error(`[@st/backend-native] ${name} gave no result.`);
    return only;
  }

  #retain(values: backend_util.BackendValues): void {
    if (ArrayBuffer.isView(values)) this.pool.retain(values.buffer);
  }
}

/** Numeric tensors are stored in typed arrays; only strings are not, and no kernel that computes takes them. */
function numeric(values: backend_util.BackendValues | undefined): Values {
  if (values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array) return values;
  if (Array.isArray(values) && values.length === 0) return new Uint8Array(0); // what `cpu` gives an empty tensor
  throw new TypeError('[@st/backend-native] a numeric tensor was wanted, got one of strings or complex numbers.');
}
