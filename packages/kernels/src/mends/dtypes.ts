import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** Real-valued functions of integers, computed in float32. The kernels of tfjs store the values as integers. */
export const realValues: Mend = ({ inputs, attrs }, { original, run }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'int32' && x.dtype !== 'bool') return undefined;
  return original({ ...inputs, x: run('Cast', { x }, { dtype: 'float32' }) }, attrs);
};

/** `Atan2` of integers, computed in float32. The kernels of tfjs store the angle as an integer. */
export const realAngle: Mend = ({ inputs, attrs }, { original, run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (a.dtype === 'float32') return undefined;
  const real = (x: TensorInfo): TensorInfo => run('Cast', { x }, { dtype: 'float32' });
  return original({ a: real(a), b: real(b) }, attrs);
};

/** `FloorDiv` of float32, with a float32 result. The kernel of `cpu` stores the results as integers, and NaN as 0. */
export const floatFloorDiv: Mend = ({ inputs }, { run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  return a.dtype === 'float32' ? run('Floor', { x: run('RealDiv', { a, b }) }) : undefined;
};

/** `Add` and `Sub` of booleans, computed in int32. The kernels of tfjs store the results 2 and -1 as booleans, as 255 or 1. */
export const boolsAsIntegers: Mend = ({ inputs, attrs }, { original, run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (a.dtype !== 'bool') return undefined;
  const integer = (x: TensorInfo): TensorInfo => run('Cast', { x }, { dtype: 'int32' });
  return original({ a: integer(a), b: integer(b) }, attrs);
};
