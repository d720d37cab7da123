import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

const pair = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value, value]);

/**
 * Replaces a numeric pad by explicit pads. For a numeric pad, tfjs-core computes the output width from the filter height and the vertical stride,
 * which is wrong for non-square filters, strides or dilations.
 */
export const explicitPads: Mend = ({ inputs, attrs }, { original }) => {
  const { pad } = attrs;
  if (typeof pad !== 'number') return undefined;
  const filter = inputs.filter as TensorInfo | undefined;
  const size = attrs.filterSize ?? attrs.filterShape ?? filter?.shape;
  const isSquare = [size, attrs.strides, attrs.dilations].every((value) => pair(value)[0] === pair(value)[1]);
  if (isSquare) return undefined;
  const [none, padded] = [
    [0, 0],
    [pad, pad],
  ];
  const explicit = attrs.dataFormat === 'NCHW' ? [none, none, padded, padded] : [none, padded, padded, none];
  return original(inputs, { ...attrs, pad: explicit });
};
