import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomTensor } from './expect-as-on-cpu.fixture.ts';

describe('the gradient of a mean', () => {
  it.each([
    [undefined, false],
    [[0], false],
    [[1, 2], false],
    [[-1], true],
    [[0, 3], true],
  ] as const)('over axes %j (kept: %s) agrees with finite differences', (axes, keep) => {
    const f = (x: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.mean(tf.square(x), axes && [...axes], keep)));
    expectGradient(f, randomTensor([2, 3, 4, 5], 1));
  });

  it('distributes each value over the elements of its mean, and leaks no tensor', () => {
    const x = tf.zeros([2, 2]);
    const gradient = tf.grad((at) => tf.sum(tf.mul(tf.mean(at, 1), tf.tensor1d([2, 8]))));
    expectClose(gradient(x), [1, 1, 4, 4]);
    expect(countTensors(() => gradient(x).dispose())).toBe(0);
  });

  it('is registered even if another was registered between the import and the choice of the back end', async () => {
    const ours = tf.getGradient('Mean');
    tf.registerGradient({ kernelName: 'Mean', gradFunc: () => ({}) }); // as importing tfjs-layers does
    await tf.findBackendFactory(tf.getBackend())();
    expect(String(tf.getGradient('Mean').gradFunc)).toBe(String(ours.gradFunc));
  });

  it('is differentiable itself', () => {
    const f = (x: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.grad((at) => tf.mean(tf.pow(at, 3)))(x)));
    expectGradient(f, tf.tensor1d([1, 2]));
  });
});
