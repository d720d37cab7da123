import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** Functions whose values are real numbers: of integers too. tfjs's kernels store their values as integers. */
export const realValues: Mend = ({ inputs, attrs }, { original, run }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'int32' && x.dtype !== 'bool') return undefined;
  return original({ ...inputs, x: run('Cast', { x }, { dtype: 'float32' }) }, attrs);
};

/** `Atan2` of integers: an angle. tfjs's kernels store it as an integer. */
export const realAngle: Mend = ({ inputs, attrs }, { original, run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (a.dtype === 'float32') return undefined;
  const real = (x: TensorInfo): TensorInfo => run('Cast', { x }, { dtype: 'float32' });
  return original({ a: real(a), b: real(b) }, attrs);
};

/** `FloorDiv` of real numbers, which are no integers: tfjs's `cpu` stores the results as integers, 0 for NaN. */
export const realQuotient: Mend = ({ inputs }, { run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  return a.dtype === 'float32' ? run('Floor', { x: run('RealDiv', { a, b }) }) : undefined;
};

/** `Add` and `Sub` of truth values, as integers: tfjs's kernels store 2 and -1 as truth values, 255 or 1. */
export const wholeNumbers: Mend = ({ inputs, attrs }, { original, run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (a.dtype !== 'bool') return undefined;
  const whole = (x: TensorInfo): TensorInfo => run('Cast', { x }, { dtype: 'int32' });
  return original({ a: whole(a), b: whole(b) }, attrs);
};
