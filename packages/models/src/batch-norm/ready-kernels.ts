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
 * Registers those batch-norm kernels that the active back end lacks. A back end with faster kernels registers them under the same names
 * before the first use; they are kept.
 */
export function readyKernels(): void {
  tf.backend(); // initializes the default back end if none is set
  const backendName = tf.getBackend();
  for (const [kernelName, kernelFunc] of COMPOSED) {
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}
