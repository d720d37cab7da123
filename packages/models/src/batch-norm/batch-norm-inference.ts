import * as tf from '@tensorflow/tfjs-core';

import type { BatchNormOptions } from './batch-norm.ts';
import {
  type BatchNormInputs,
  checkBatchNormInputs,
  checkBatchNormOptions,
  checkChannelParameters,
} from './batch-norm-inputs.ts';
import { readyKernels } from './ready-kernels.ts';

/** Running statistics, `[channels]` each. */
export type RunningStatistics = { readonly mean: tf.Tensor; readonly variance: tf.Tensor };

/**
 * Normalizes with the given statistics, adds a residual and activates, in one kernel:
 * y = act((x - mean) / sqrt(variance + epsilon) * gamma + beta [+ residual]).
 * Gradients reach x, gamma, beta and residual; the statistics are constants.
 * @param inputs - x and residual `[batch, height, width, channels]` or `[batch, channels]`; gamma and beta `[channels]`.
 * @returns The shape of x; the caller disposes it.
 * @throws {ShapeError} if the shapes do not fit.
 */
export function batchNormInference(inputs: BatchNormInputs & RunningStatistics, options: BatchNormOptions): tf.Tensor {
  const where = '[@st/models] batchNormInference';
  checkBatchNormOptions(where, options);
  checkBatchNormInputs(where, inputs, { leastCount: 0 });
  const { epsilon, activation } = options;
  const { x, gamma, beta, mean, variance, residual } = inputs;
  checkChannelParameters(where, x, { mean, variance });
  readyKernels();
  const tensors = residual ? { x, gamma, beta, mean, variance, residual } : { x, gamma, beta, mean, variance };
  const attributes = { epsilon, activation, residual: residual !== undefined };
  return tf.engine().runKernel<tf.Tensor>('StBatchNormInference', tensors, attributes);
}

tf.registerGradient({
  kernelName: 'StBatchNormInference',
  inputsToSave: ['x', 'gamma', 'mean', 'variance'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attributes) => {
    const [x, gamma, mean, variance, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const run = (kernelName: string, inputs: tf.NamedTensorMap) =>
      tf.engine().runKernel(kernelName, { dy: dy as tf.Tensor, y, variance, ...inputs }, attributes) as tf.Tensor[];
    const [dx, dresidual] = run('StBatchNormInferenceGrad', { gamma }) as [tf.Tensor, tf.Tensor?];
    // Lazy, as attacks do not need these gradients. Each closure recomputes the sums, because back-propagation disposes tensors shared
    // between gradient closures.
    const parameter = (at: 0 | 1) => () => run('StBatchNormInferenceParameterGrad', { x, mean })[at] as tf.Tensor;
    const gradients = { x: () => dx, gamma: parameter(0), beta: parameter(1) };
    return dresidual ? { ...gradients, residual: () => dresidual } : gradients;
  },
});
