import * as tf from '@tensorflow/tfjs-core';

import { checkLogits } from './check-logits.ts';
import { takeTrueClass } from './cross-entropy.ts';
import { withoutGradient } from './without-gradient.ts';

/**
 * Carlini and Wagner's margin of each example: max_{j != y} z_j - z_y. Positive where the example is misclassified; attacks ascend it.
 * If several wrong classes share the maximum, the gradient goes to the first.
 * @param logits - float32 `[batch, classes]`, at least 2 classes.
 * @param labels - int32 `[batch]`.
 * @returns `[batch]`, in units of logits; the caller disposes it.
 * @throws {ShapeError} for other ranks, dtypes or sizes.
 * @see Carlini and Wagner 2017, arXiv 1608.04644, section V-A (f_6, without the clamp)
 */
export function margin(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  checkLogits('[@st/losses] margin', logits, labels);
  return tf.tidy(() => {
    const runnerUp = withoutGradient(() => strongestWrongClass(logits, labels));
    return tf.sub(takeTrueClass(logits, runnerUp), takeTrueClass(logits, labels));
  });
}

/** The wrong class with the largest logit, int32 `[batch]`; the first of equals. */
export function strongestWrongClass(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const isTrueClass = tf.cast(tf.oneHot(labels, logits.shape[1]), 'bool');
  return tf.argMax(tf.where(isTrueClass, Number.NEGATIVE_INFINITY, logits), 1);
}
