import * as tf from '@tensorflow/tfjs-core';

import { checkSameLogits } from './check-logits.ts';
import { stopGradient } from './without-gradient.ts';

/**
 * Mean KL(p || q) with p = softmax(target), q = softmax(logits): (1/n) sum_i sum_c p log(p / q). Differentiable in both arguments; for a
 * constant target pass `stopGradient(target)`.
 * @param target - Logits float32 `[batch, classes]`.
 * @param logits - Logits of the same shape.
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} for other ranks or dtypes, or different shapes.
 */
export function klDivergence(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.mean(klDivergencePerExample(target, logits)));
}

/** KL(softmax(target) || softmax(logits)) of each example, `[batch]`. Arguments and errors as for `klDivergence`. */
export function klDivergencePerExample(target: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  checkSameLogits('[@st/losses] klDivergence', target, logits);
  return tf.tidy(() => {
    const logP = tf.logSoftmax(target);
    // sum_c p d(log p) = sum_c dp = 0: without this term the gradient is the same and has no cancellation error
    const logRatio = tf.sub(stopGradient(logP), tf.logSoftmax(logits));
    return tf.sum(tf.mul(tf.exp(logP), logRatio), 1);
  });
}
