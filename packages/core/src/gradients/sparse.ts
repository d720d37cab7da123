import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient, gradientOfMany } from './gradient.ts';
import { sumRows, takeRows } from './indexing.ts';

/** Each row of `data` gets the sum of the gradients of the segments that contain it. */
function segmentGradient(dy: Tensor, [data, indices, segmentIds]: [Tensor, Tensor, Tensor], mean: boolean): Tensor {
  const segments = dy.shape[0] ?? 0;
  const counts = sumRows(tf.ones([segmentIds.size, 1]), segmentIds, segments);
  const rows = tf.reshape(dy, [segments, -1]);
  const each = mean ? tf.div(rows, tf.maximum(counts, 1)) : rows;
  return tf.reshape(sumRows(tf.gather(each, segmentIds as tf.Tensor1D), indices, data.shape[0] ?? 0), data.shape);
}

const segments = (kernelName: 'SparseSegmentSum' | 'SparseSegmentMean'): GradConfig =>
  gradient(kernelName, { inputs: ['data', 'indices', 'segmentIds'] }, (dy, saved) => ({
    data: () => segmentGradient(dy, saved as [Tensor, Tensor, Tensor], kernelName === 'SparseSegmentMean'),
  }));

/** Operations of tf.sparse. */
export const sparseGradients: readonly GradConfig[] = [
  segments('SparseSegmentSum'),
  segments('SparseSegmentMean'),
  // Of the outputs only the values have a gradient. Output row map[i] is input row i.
  gradientOfMany('SparseFillEmptyRows', { outputs: [3] }, ([, dy], saved) => {
    const [map] = saved as [Tensor];
    const given = (): Tensor => takeRows(dy as Tensor, map);
    return { values: given, defaultValue: () => tf.sub(tf.sum(dy as Tensor), tf.sum(given())) };
  }),
];
