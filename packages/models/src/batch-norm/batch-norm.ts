import * as tf from '@tensorflow/tfjs-core';

import type { Activation } from './activation.ts';
import { type BatchNormInputs, checkBatchNormInputs, checkBatchNormOptions } from './batch-norm-inputs.ts';
import { gradientClosures } from './gradient-closures.ts';
import { readyKernels } from './ready-kernels.ts';

export type BatchNormOptions = {
  /** Added to the variance before the square root. */
  readonly epsilon: number;
  readonly activation: Activation;
};

/** A normalized batch and the statistics it was normalized with. */
export type NormalizedBatch = {
  readonly y: tf.Tensor;
  /** `[channels]`; no gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, biased; no gradient flows through it. */
  readonly variance: tf.Tensor1D;
};

/**
 * Normalizes a batch with its own mean and variance, adds a residual and activates, in one kernel:
 * y = act((x - mean) / sqrt(variance + epsilon) * gamma + beta [+ residual]), mean and variance over all axes but the last.
 * Gradients reach x (also through the statistics), gamma, beta and residual; there are no second-order gradients.
 * @param inputs - x and residual `[batch, height, width, channels]` or `[batch, channels]`; gamma and beta `[channels]`.
 * @returns Three tensors; the caller disposes them.
 * @throws {ShapeError} if the shapes do not fit, or x has fewer than 2 values per channel, whose variance would be 0.
 * @see Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1
 */
export function batchNorm(inputs: BatchNormInputs, options: BatchNormOptions): NormalizedBatch {
  checkBatchNormOptions('[@st/models] batchNorm', options);
  const { epsilon, activation } = options;
  checkBatchNormInputs('[@st/models] batchNorm', inputs, { leastCount: 2 });
  readyKernels();
  const { x, gamma, beta, residual } = inputs;
  const tensors = residual ? { x, gamma, beta, residual } : { x, gamma, beta };
  const attributes = { epsilon, activation, residual: residual !== undefined };
  const [y, mean, variance] = tf.engine().runKernel('StBatchNorm', tensors, attributes) as [
    tf.Tensor,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  return { y, mean, variance };
}

tf.registerGradient({
  kernelName: 'StBatchNorm',
  inputsToSave: ['x', 'gamma', 'beta'],
  outputsToSave: [true, true, true],
  gradFunc: (dys, saved, attributes) => {
    const [dy] = dys as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    const [x, gamma, beta, y, mean, variance] = saved as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    return gradientClosures('StBatchNormGrad', { dy, x, y, mean, variance, gamma, beta }, attributes);
  },
});
