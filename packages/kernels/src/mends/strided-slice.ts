import { type StridedSliceAttrs, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `StridedSlice` that drops an axis, or takes nothing. tfjs's kernels loop over the shape without the dropped axis, and so read other entries
 * (wherever a stride is not 1), and take a slice that ends one before it begins for one to the end.
 */
export const stridedSlice: Mend = ({ inputs, attrs }, { original, own, run }) => {
  const x = inputs.x as TensorInfo;
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs as typeof attrs &
    StridedSliceAttrs;
  const dense = slice_util.sliceInfo(
    ...([x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const),
  );
  const shape = dense.finalShape;
  if (util.sizeFromShape(shape) === 0) return run('Fill', {}, { shape, value: 0, dtype: x.dtype });
  if (dense.finalShapeSparse.length === x.shape.length) return undefined;
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  // the end of a way back is one before the first entry, which is -1 only as a place of its own
  const ends = dense.end.map((place, axis) => (place < 0 ? place - (x.shape[axis] ?? 0) : place));
  const y = own(original(inputs, { begin: dense.begin, end: ends, strides: dense.strides, ...masks }));
  return run('Reshape', { x: y }, { shape });
};
