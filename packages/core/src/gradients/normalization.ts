import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient, unbroadcast } from './gradient.ts';

type BatchNorm = { readonly varianceEpsilon: number };
type Local = { readonly depthRadius: number; readonly bias: number; readonly alpha: number; readonly beta: number };

/** `y = (x - mean) r scale + offset` with `r = 1 / sqrt(variance + epsilon)`; the four parameters are broadcast to x. */
function batchNormGradients(dy: Tensor, saved: Tensor[], epsilon: number) {
  const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
  const r = (): Tensor => tf.rsqrt(tf.add(variance, epsilon));
  const scaled = (factor: Tensor): Tensor => (scale ? tf.mul(factor, scale) : factor);
  const centered = (): Tensor => tf.mul(dy, tf.sub(x, mean));
  return {
    x: () => tf.mul(dy, scaled(r())),
    mean: () => tf.neg(tf.mul(unbroadcast(dy, mean.shape), scaled(r()))),
    variance: () => {
      const slope = tf.mul(tf.mul(tf.square(r()), r()), -0.5);
      return tf.mul(unbroadcast(centered(), mean.shape), scaled(slope));
    },
    scale: () => tf.mul(unbroadcast(centered(), mean.shape), r()),
    offset: () => unbroadcast(dy, mean.shape),
  };
}

/** For each channel, the sum over the channels within `radius` of it. */
function windowSum(x: Tensor, radius: number): Tensor {
  const channels = x.shape[x.rank - 1] ?? 1;
  const index = tf.range(0, channels);
  const near = tf.lessEqual(tf.abs(tf.sub(tf.reshape(index, [-1, 1]), index)), radius);
  const rows = tf.reshape(x, [-1, channels]);
  return tf.reshape(tf.matMul(rows, tf.cast(near, 'float32')), x.shape);
}

/** `y = x s^-beta` with `s = bias + alpha sum(x^2)`: `dx = dy s^-beta - 2 alpha beta x sum(dy x s^(-beta - 1))`, sums over near channels. */
function localResponseGradient(dy: Tensor, x: Tensor, { depthRadius, bias, alpha, beta }: Local): Tensor {
  const s = tf.add(bias, tf.mul(alpha, windowSum(tf.square(x), depthRadius)));
  const own = tf.mul(dy, tf.pow(s, -beta));
  const shared = windowSum(tf.mul(tf.mul(dy, x), tf.pow(s, -beta - 1)), depthRadius);
  return tf.sub(own, tf.mul(tf.mul(x, 2 * alpha * beta), shared));
}

/** Batch normalization, local response normalization, softmax and log-softmax. */
export const normalizationGradients: readonly GradConfig[] = [
  gradient<BatchNorm>(
    'FusedBatchNorm',
    { inputs: ['x', 'mean', 'variance', 'scale'] },
    (dy, saved, { varianceEpsilon }) => ({ ...batchNormGradients(dy, saved, varianceEpsilon) }),
  ),
  gradient<Local>('LRN', { inputs: ['x'] }, (dy, [x], attrs) => ({
    x: () => localResponseGradient(dy, x as Tensor, attrs),
  })),
  gradient<{ dim: number }>('Softmax', { outputs: [0] }, (dy, saved, { dim }) => {
    const [y] = saved as [Tensor];
    return {
      logits: () => {
        const weighted = tf.mul(dy, y);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, dim, true), y));
      },
    };
  }),
  gradient<{ axis: number }>('LogSoftmax', { outputs: [0] }, (dy, saved, { axis }) => {
    const [y] = saved as [Tensor];
    return { logits: () => tf.sub(dy, tf.mul(tf.sum(dy, axis, true), tf.exp(y))) };
  }),
];
