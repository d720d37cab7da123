import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Cumsum` and `Cumprod` along a negative axis, which the kernels of tfjs do not support. */
export const positiveAxis: Mend = ({ inputs, attrs }, { original }) => {
  const axis = attrs.axis as number;
  return axis < 0 ? original(inputs, { ...attrs, axis: axis + (inputs.x as TensorInfo).shape.length }) : undefined;
};
