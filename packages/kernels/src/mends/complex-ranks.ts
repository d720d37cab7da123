import type { TensorInfo } from '@tensorflow/tfjs-core';

import { type Mend, viewed } from '../mend.ts';

/** `Add`, `Sub` and `Multiply` of complex tensors of different ranks, which the kernels of tfjs do not broadcast. */
export const complexRanks: Mend = ({ inputs, attrs }, { original }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if ((a.dtype !== 'complex64' && b.dtype !== 'complex64') || a.shape.length === b.shape.length) return undefined;
  const rank = Math.max(a.shape.length, b.shape.length);
  const raised = (x: TensorInfo): TensorInfo =>
    viewed(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
  return original({ a: raised(a), b: raised(b) }, attrs);
};
