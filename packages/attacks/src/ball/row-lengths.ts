import type { Norm } from '@st/core';
import { blockedSum } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/** The norm of each row, `[rows, 1]`, summed by `blockedSum`; the caller disposes it. */
export function rowLengths(norm: Norm, rows: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    if (norm === 'linf') return tf.max(tf.abs(rows), 1, true);
    return norm === 'l1' ? blockedSum(tf.abs(rows)) : tf.sqrt(blockedSum(tf.square(rows)));
  });
}
