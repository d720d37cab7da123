import * as tf from '@tensorflow/tfjs-core';

import { klDivergence } from './kl-divergence.ts';
import { stopGradient } from './without-gradient.ts';

/**
 * Squeeze training's symmetric KL: 0.5 (KL(q* || p) + KL(p* || q)), p and q the softmax of the logits, * a stopped gradient; batch mean.
 * The value is the symmetric KL, but the gradient is not its gradient: 0.5 (p - q) / n for the logits of p, the negative for those of q.
 * @param upper - Logits float32 `[batch, classes]`.
 * @param lower - Logits of the same shape.
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} for other ranks or dtypes, or different shapes.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4; the stopped gradients are those of its published code
 */
export function symmetricKl(upper: tf.Tensor2D, lower: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const towardsLower = klDivergence(stopGradient(lower), upper);
    const towardsUpper = klDivergence(stopGradient(upper), lower);
    return tf.mul(0.5, tf.add(towardsLower, towardsUpper));
  });
}

/** The same value as `symmetricKl` with its full gradient: (1/n) sum 0.5 (p - q) (log p - log q). */
export function symmetricKlFullGradient(upper: tf.Tensor2D, lower: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => tf.mul(0.5, tf.add(klDivergence(lower, upper), klDivergence(upper, lower))));
}
