import * as tf from '@tensorflow/tfjs-core';

import {
  composedBatchNorm,
  composedBatchNormGrad,
  composedBatchNormInference,
  composedBatchNormInferenceGrad,
  composedBatchNormInferenceParameterGrad,
} from './composed-batch-norm.ts';

const COMPOSED: readonly (readonly [name: string, kernel: tf.KernelFunc])[] = [
  ['StBatchNorm', composedBatchNorm],
  ['StBatchNormGrad', composedBatchNormGrad],
  ['StBatchNormInference', composedBatchNormInference],
  ['StBatchNormInferenceGrad', composedBatchNormInferenceGrad],
  ['StBatchNormInferenceParameterGrad', composedBatchNormInferenceParameterGrad],
];

/**
 * Registers the batch-norm kernels on the active back end where it has none of its own. A back end that brings faster ones registers
 * them under the same names before its first use, and they are kept.
 */
export function readyKernels(): void {
  tf.backend(); // chooses a back end if nobody did
  const backendName = tf.getBackend();
  for (const [kernelName, kernelFunc] of COMPOSED) {
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}
