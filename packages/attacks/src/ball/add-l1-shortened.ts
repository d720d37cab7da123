import * as tf from '@tensorflow/tfjs-core';

import { addDithered } from './add-dithered.ts';
import { exactSign } from './exact-sign.ts';
import { type L1Sizes, l1Movements, l1Threshold } from './l1-threshold.ts';

/**
 * centers + perturbations shortened to an l1 norm of at most epsilon: c + sign(d) min(max(|d| - t, 0), room), t from `l1Threshold`. Shortened pixels
 * are dithered (`addDithered`).
 * @param perturbations - d, `[rows, pixels]`; `sizes.size` is |d|.
 * @returns Same shape; the caller disposes it.
 */
export function addL1Shortened(centers: tf.Tensor2D, perturbations: tf.Tensor2D, sizes: L1Sizes): tf.Tensor2D {
  return tf.tidy(() => {
    const threshold = l1Threshold(sizes);
    const moved = l1Movements(sizes, threshold);
    const isShortened = tf.greater(tf.add(threshold.high, threshold.low), 0);
    const moves: tf.Tensor2D = tf.logicalAnd(isShortened, tf.greater(moved, 0));
    const isRounded: tf.Tensor2D = sizes.room ? tf.logicalAnd(moves, tf.less(moved, sizes.room)) : moves;
    return addDithered(centers, tf.mul(exactSign(perturbations), moved), isRounded);
  });
}
