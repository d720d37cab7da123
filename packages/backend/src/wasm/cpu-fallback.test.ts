import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { cpuFallbackKernels } from './cpu-fallback.ts';

describe.runIf(testBackend() === 'wasm')('cpuFallbackKernels', () => {
  it('leave wasm lacking only what it cannot hold', () => {
    const present = new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
    const missing = tf.getKernelsForBackend('cpu').flatMap(({ kernelName: name }) => (present.has(name) ? [] : [name]));
    expect(missing.sort()).toEqual(['Complex', 'ComplexAbs', 'Draw', 'FFT', 'IFFT', 'Imag', 'Real']);
    expect(cpuFallbackKernels('wasm')).toEqual([]);
  });

  it('compute the gradients of a depthwise convolution as cpu does', async () => {
    const gradients = () =>
      tf.tidy(() => {
        const x = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 1);
        const w = tf.randomNormal([3, 3, 3, 2], 0, 1, 'float32', 2);
        const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
          tf.sum(tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same')));
        return tf.grads(loss)([x, w]);
      });
    const expected = await valuesOn('cpu', gradients);
    gradients().forEach((gradient, i) => {
      expectClose(gradient, expected[i] as Float32Array);
    });
  });

  it('hand over strings, integers and several results', () => {
    expect([...tf.string.staticRegexReplace(tf.tensor1d(['ab', 'cb']), 'b', 'x').dataSync()]).toEqual(['ax', 'cx']);
    const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, 0, 1], 'int32'), 2);
    expect([...sums.dataSync()]).toEqual([2, 4]);
  });

  it('leave no data behind on either back end', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
    const w = tf.ones<tf.Rank.R4>([3, 3, 2, 1]);
    const count = () => [tf.findBackend('cpu').numDataIds(), tf.findBackend('wasm').numDataIds()];
    const before = count();
    tf.dispose(tf.grad((x) => tf.sum(tf.depthwiseConv2d(x as tf.Tensor4D, w, 1, 'same')))(x));
    expect(count()).toEqual(before);
  });
});
