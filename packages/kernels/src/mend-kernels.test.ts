import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { mendKernels } from './mend-kernels.ts';

const NAMES = ['Conv2D', 'Cumsum', 'Mean', 'Range'];
const kernelsOf = (backend: string) => NAMES.map((name) => tf.getKernel(name, backend).kernelFunc);

describe('mendKernels', () => {
  it('wraps the kernels of a back end only once', () => {
    const before = kernelsOf(testBackend());
    mendKernels(testBackend());
    expect(kernelsOf(testBackend())).toEqual(before);
  });

  it('does nothing for a back end without kernels, and wraps them once they are registered', () => {
    mendKernels('later');
    tf.copyRegisteredKernels(testBackend(), 'later');
    const before = kernelsOf('later');
    mendKernels('later');
    expect(kernelsOf('later')).not.toEqual(before);
    for (const { kernelName } of tf.getKernelsForBackend('later')) tf.unregisterKernel(kernelName, 'later');
  });

  it('frees its intermediate tensors, also if the kernel throws', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const filter = tf.ones<tf.Rank.R4>([2, 2, 2, 1]);
    const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    tf.dispose(tf.cumsum(x, -1));
    const attrs = { strides: [1, 1], pad: 'none', dataFormat: 'NCHW', dilations: [1, 1] };
    expect(() => tf.engine().runKernel('DepthwiseConv2dNative', { x, filter }, attrs)).toThrow('none');
    expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
  });
});
