import * as tf from '@tensorflow/tfjs-core';

import { checkSameLogits } from './check-logits.ts';
import { stopGradient } from './without-gradient.ts';

/**
 * Mean Jensen-Shannon divergence: 0.5 KL(p || m) + 0.5 KL(q || m), m = (p + q) / 2; in [0, log 2] nats.
 * @param upper - Logits float32 `[batch, classes]` of p.
 * @param lower - Logits of q, same shape.
 * @returns A scalar; the caller disposes it.
 * @throws {ShapeError} for other ranks or dtypes, or different shapes.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4
 */
export function jensenShannon(upper: tf.Tensor2D, lower: tf.Tensor2D): tf.Scalar {
  checkSameLogits('[@st/losses] jensenShannon', upper, lower);
  return tf.tidy(() => {
    const logP = tf.logSoftmax(upper);
    const logQ = tf.logSoftmax(lower);
    const logM = logMean(logP, logQ);
    const perExample = tf.add(expectedLogRatio(logP, logM), expectedLogRatio(logQ, logM));
    return tf.mul(0.5, tf.mean(perExample));
  });
}

/** log((exp(a) + exp(b)) / 2), computed without overflow or log 0. */
function logMean(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const difference = tf.neg(tf.abs(tf.sub(a, b)));
  return tf.add(tf.maximum(a, b), tf.sub(tf.log1p(tf.exp(difference)), Math.LN2));
}

/**
 * sum_c p log(p / m), with the logarithm as a constant: the gradients through it cancel in the divergence, as sum_c dp = sum_c dm = 0.
 */
function expectedLogRatio(logP: tf.Tensor2D, logM: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.mul(tf.exp(logP), stopGradient(tf.sub(logP, logM))), 1);
}
