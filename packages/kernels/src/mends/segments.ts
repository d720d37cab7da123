import { type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `UnsortedSegmentSum`: adds each row to its segment. The kernel of tfjs adds 0 times the row to all others, so one NaN or infinity reaches all. */
export const segmentSum: Mend = ({ inputs, attrs, backend }, { tensor }) => {
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const rest = x.shape.slice(1);
  const [segments, width] = [attrs.numSegments as number, util.sizeFromShape(rest)];
  const from = backend.readSync(x.dataId) as Float32Array | Int32Array;
  const ids = backend.readSync(segmentIds.dataId) as Int32Array;
  const to = new Float64Array(segments * width);
  for (const [row, id] of ids.entries()) {
    if (id < 0 || id >= segments) continue;
    for (let i = 0; i < width; i++) to[id * width + i] = (to[id * width + i] ?? 0) + (from[row * width + i] ?? 0);
  }
  return tensor(x.dtype === 'float32' ? Float32Array.from(to) : Int32Array.from(to), [segments, ...rest]);
};
