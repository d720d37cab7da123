import type { SafetensorsData, SafetensorsDtype } from '@st/core/kit';

/** One tensor of a state_dict, in PyTorch's layout. The dtypes are those of safetensors and PyTorch's int16, int8 and bool. */
export type StateTensor = {
  /** The dtype in the file; in `data`, half-precision values are float32 and booleans are 0 and 1. */
  readonly dtype: SafetensorsDtype | 'I16' | 'I8' | 'BOOL';
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: SafetensorsData | Int16Array | Int8Array;
};

/** A state_dict: tensors by name, in order. */
export type StateTensors = ReadonlyMap<string, StateTensor>;

/** The number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
