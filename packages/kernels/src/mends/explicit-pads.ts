import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

const pair = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value, value]);

/**
 * A pad that is one number, as explicit pads. tfjs-core computes the width of the output from the filter's height and the vertical stride
 * where the pad is a number, so that filters or strides that are not square give an output of the wrong width.
 */
export const explicitPads: Mend = ({ inputs, attrs }, { original }) => {
  const { pad } = attrs;
  if (typeof pad !== 'number') return undefined;
  const filter = inputs.filter as TensorInfo | undefined;
  const size = attrs.filterSize ?? attrs.filterShape ?? filter?.shape;
  const isSquare = [size, attrs.strides, attrs.dilations].every((value) => pair(value)[0] === pair(value)[1]);
  if (isSquare) return undefined;
  const [none, both] = [
    [0, 0],
    [pad, pad],
  ];
  const explicit = attrs.dataFormat === 'NCHW' ? [none, none, both, both] : [none, both, both, none];
  return original(inputs, { ...attrs, pad: explicit });
};
