import { type StridedSliceAttrs, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `StridedSlice` that drops an axis or is empty. The kernels of tfjs loop over the shape without the dropped axis, which reads wrong entries where
 * a stride is not 1, and return everything to the end for a slice that ends one before it begins.
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
  // with a negative stride, end may be one before the first entry: -1, which the kernel would count from the end of the axis
  const ends = dense.end.map((end, axis) => (end < 0 ? end - (x.shape[axis] ?? 0) : end));
  const y = own(original(inputs, { begin: dense.begin, end: ends, strides: dense.strides, ...masks }));
  return run('Reshape', { x: y }, { shape });
};
