import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Cumsum` and `Cumprod` along an axis counted from the end, which tfjs's kernels take for an axis that is not there. */
export const positiveAxis: Mend = ({ inputs, attrs }, { original }) => {
  const axis = attrs.axis as number;
  return axis < 0 ? original(inputs, { ...attrs, axis: axis + (inputs.x as TensorInfo).shape.length }) : undefined;
};
