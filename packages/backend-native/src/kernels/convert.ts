import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend, Values } from '../native-backend.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

const isFloat = (tensor: TensorInfo): boolean => tensor.dtype === 'float32';

/**
 * Casts between the three numeric types. `cpu` keeps the array of integers and booleans and changes only the dtype; here the
 * array is converted, so that the kernels after this one need no conversion.
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
    return isLogical(x.dtype, dtype) ? castTwice(backend, x, dtype) : inherited();
  },
);

const isLogical = (from: DataType, to: DataType): boolean =>
  (from === 'bool' && to === 'int32') || (from === 'int32' && to === 'bool');

/** By way of float32, which keeps 0 and 1, and all other integers nonzero. */
function castTwice(backend: NativeBackend, x: TensorInfo, dtype: DataType): TensorInfo {
  const numbers = backend.run('Cast', { x }, { dtype: 'float32' });
  const y = backend.run('Cast', { x: numbers }, { dtype });
  backend.disposeIntermediateTensorInfo(numbers);
  return y;
}

/** The same bits, for a kernel that only copies. */
const asFloats = (values: Values): Float32Array =>
  values instanceof Float32Array ? values : new Float32Array(values.buffer, values.byteOffset, values.length);

/** condition ? t : e, for floats or integers. A condition of rank 1 selects whole entries of the first axis. */
const select = kernel<{ readonly condition: TensorInfo; readonly t: TensorInfo; readonly e: TensorInfo }>(
  'Select',
  ({ inputs: { condition, t, e }, backend }, inherited) => {
    if (condition.dtype !== 'bool' || t.dtype !== e.dtype || !(isFloat(t) || t.dtype === 'int32')) return inherited();
    const length = util.sizeFromShape(t.shape);
    const chosen = backend.bytes(condition);
    if (length > 0 && (chosen.length === 0 || length % chosen.length !== 0)) return inherited();
    const y = backend.outputOf(t.shape, t.dtype);
    if (length === 0) return y.info;
    const [whereTrue, whereFalse] = [asFloats(backend.values(t)), asFloats(backend.values(e))];
    backend.addon.select(length, length / chosen.length, chosen, whereTrue, whereFalse, asFloats(y.values));
    return y.info;
  },
);

/** Casts and selection. */
export const convertKernels: readonly NativeKernel[] = [cast, select];
