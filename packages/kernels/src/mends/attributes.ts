import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Cumsum` and `Cumprod` along an axis counted from the end, which tfjs's kernels take for an axis that is not there. */
export const positiveAxis: Mend = ({ inputs, attrs }, { original }) => {
  const axis = attrs.axis as number;
  return axis < 0 ? original(inputs, { ...attrs, axis: axis + (inputs.x as TensorInfo).shape.length }) : undefined;
};

/** Functions whose values are real numbers: of integers too. tfjs's kernels store their values as integers. */
export const realValues: Mend = ({ inputs, attrs }, { original, run }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'int32' && x.dtype !== 'bool') return undefined;
  return original({ ...inputs, x: run('Cast', { x }, { dtype: 'float32' }) }, attrs);
};

/** `FloorDiv` of real numbers, which are no integers: tfjs's `cpu` stores the results as integers, 0 for NaN. */
export const realQuotient: Mend = ({ inputs }, { run }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  return a.dtype === 'float32' ? run('Floor', { x: run('RealDiv', { a, b }) }) : undefined;
};
