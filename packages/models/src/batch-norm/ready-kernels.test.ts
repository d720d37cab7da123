import { expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { batchNormInference } from './batch-norm-inference.ts';
import { readyKernels } from './ready-kernels.ts';

const NAMES = [
  ...['StBatchNorm', 'StBatchNormGrad', 'StBatchNormInference'],
  ...['StBatchNormInferenceGrad', 'StBatchNormInferenceParameterGrad'],
];

function forget(): void {
  for (const name of NAMES) if (tf.getKernel(name, tf.getBackend())) tf.unregisterKernel(name, tf.getBackend());
}

describe('readyKernels', () => {
  afterEach(forget);

  it('registers the kernels that the active back end lacks', () => {
    forget();
    readyKernels();
    for (const name of NAMES) expect(tf.getKernel(name, tf.getBackend())).toBeDefined();
  });

  it('keeps and runs a kernel that the back end registered', () => {
    forget();
    const own = {
      kernelName: 'StBatchNormInference',
      backendName: tf.getBackend(),
      kernelFunc: () => tf.tensor1d([42]),
    };
    tf.registerKernel(own);
    const [x, one] = [tf.zeros([1, 1]), tf.ones([1])];
    const y = batchNormInference(
      { x, gamma: one, beta: one, mean: one, variance: one },
      { epsilon: 1e-5, activation: 'linear' },
    );
    expectClose(y, [42]);
  });
});
