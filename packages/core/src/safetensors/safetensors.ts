/** The supported element types. The format has more, which neither our checkpoints nor weights of PyTorch's vision models use. */
export type SafetensorsDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8';

/** Values of a tensor in row-major order: F64 `Float64Array`, F32 / F16 / BF16 `Float32Array`, I64 `BigInt64Array`, I32 `Int32Array`, U8 `Uint8Array`. */
export type SafetensorsData = Float64Array | Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** One tensor of a safetensors file. */
export type SafetensorsTensor = {
  /** The type in the file; half-precision values are widened to float32 in `data`. */
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
};

/** The content of a safetensors file. */
export type Safetensors = {
  /** By name, in the order of the file's header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** The free-form strings under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** Bytes per element. */
export const SAFETENSORS_BYTES: Readonly<Record<SafetensorsDtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
};

/** Bytes of the little-endian header length that starts a file. */
export const SAFETENSORS_PREFIX = 8;
