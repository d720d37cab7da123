import type { SafetensorsData, SafetensorsDtype } from '@st/core/kit';

/** One tensor of a state_dict, in PyTorch's layout: what safetensors knows, and the narrow integers and truth values that PyTorch saves besides. */
export type StateTensor = {
  /** The type in the file; half-precision values are widened to float32 in `data`, truth values are 0 and 1. */
  readonly dtype: SafetensorsDtype | 'I16' | 'I8' | 'BOOL';
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: SafetensorsData | Int16Array | Int8Array;
};

/** A state_dict: its tensors by name, in its order. */
export type StateTensors = ReadonlyMap<string, StateTensor>;

/** How many values a shape takes. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
