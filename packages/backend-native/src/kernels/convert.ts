import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from './native-kernel.ts';

const isFloat = (tensor: TensorInfo): boolean => tensor.dtype === 'float32';

/**
 * Casts between the three numeric types. `cpu` hands integers and booleans on under another type's name; here they become
 * what the name says, so that the kernels after this one need not convert.
 */
const cast = kernel<{ readonly x: TensorInfo }, { readonly dtype: DataType }>(
  'Cast',
  ({ inputs: { x }, attrs: { dtype }, backend }, inherited) => {
    if (x.dtype === 'int32' && dtype === 'float32') {
      const y = backend.output(x.shape);
      backend.addon.intsToFloats(y.values.length, backend.ints(x), y.values);
      return y.info;
    }
    if (x.dtype === 'bool' && dtype === 'float32') {
      const y = backend.output(x.shape);
      backend.addon.bytesToFloats(y.values.length, backend.bytes(x), y.values);
      return y.info;
    }
    if (x.dtype === 'float32' && dtype === 'int32') {
      const y = backend.outputInts(x.shape);
      backend.addon.floatsToInts(y.values.length, backend.floats(x), y.values);
      return y.info;
    }
    if (x.dtype === 'float32' && dtype === 'bool') {
      const y = backend.outputBytes(x.shape);
      backend.addon.floatsToBytes(y.values.length, backend.floats(x), y.values);
      return y.info;
    }
    return inherited();
  },
);

/** condition ? t : e; a condition of rank 1 chooses whole entries of the first axis. */
const select = kernel<{ readonly condition: TensorInfo; readonly t: TensorInfo; readonly e: TensorInfo }>(
  'Select',
  ({ inputs: { condition, t, e }, backend }, inherited) => {
    if (condition.dtype !== 'bool' || !isFloat(t) || !isFloat(e)) return inherited();
    const y = backend.output(t.shape);
    const chosen = backend.bytes(condition);
    const length = y.values.length;
    if (length === 0) return y.info;
    if (chosen.length === 0 || length % chosen.length !== 0) return inherited();
    backend.addon.select(length, length / chosen.length, chosen, backend.floats(t), backend.floats(e), y.values);
    return y.info;
  },
);

/** Casts and choices. */
export const convertKernels: readonly NativeKernel[] = [cast, select];
