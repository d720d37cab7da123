import { createRng, ShapeError } from '@st/core';
import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { batchNormInference } from './batch-norm-inference.ts';

const rng = createRng(4);
const inputs = {
  x: rng.normal([2, 3, 2, 3]),
  gamma: rng.uniform([3], 0.5, 1.5),
  beta: rng.uniform([3], -0.5, 0.5),
  mean: rng.normal([3]),
  variance: rng.uniform([3], 0.5, 2),
  residual: rng.normal([2, 3, 2, 3]),
};
const OPTIONS = { epsilon: 1e-5, activation: 'linear' } as const;
const RELU = { epsilon: 1e-5, activation: 'relu' } as const;

describe('batchNormInference', () => {
  it('scales and shifts as computed by hand', () => {
    const given = {
      x: tf.tensor2d([1, 5], [2, 1]),
      gamma: tf.tensor1d([3]),
      beta: tf.tensor1d([1]),
      mean: tf.tensor1d([2]),
      variance: tf.tensor1d([3]),
    };
    const options = { epsilon: 1, activation: 'linear' } as const; // deviation 2
    expectClose(batchNormInference(given, options), [-0.5, 5.5]);
    expectClose(batchNormInference(given, { epsilon: 1, activation: 'relu' }), [0, 5.5]);
    const residual = tf.tensor2d([1, -6], [2, 1]);
    expectClose(batchNormInference({ ...given, residual }, { epsilon: 1, activation: 'relu' }), [0.5, 0]);
  });

  it('equals tf.batchNorm in value and gradients', () => {
    const { x, gamma, beta, mean, variance } = inputs;
    const weights = createRng(5).normal([2, 3, 2, 3]);
    const fused = tf.grads((at, scale, shift) =>
      tf.sum(
        tf.mul(weights, batchNormInference({ ...inputs, x: at, gamma: scale, beta: shift } as typeof inputs, RELU)),
      ),
    )([x, gamma, beta]);
    const stock = tf.grads((at, scale, shift) => {
      const y = tf.batchNorm(
        at as tf.Tensor,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        shift as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-5,
      );
      return tf.sum(tf.mul(weights, tf.relu(tf.add(y, inputs.residual))));
    })([x, gamma, beta]);
    fused.forEach((gradient, i) => {
      expectClose(gradient, stock[i] ?? []);
    });
  });

  it.each(['x', 'gamma', 'beta', 'residual'] as const)('has the gradient of finite differences at %s', (name) => {
    const weights = createRng(6).normal([2, 3, 2, 3]);
    const f = (at: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(weights, batchNormInference({ ...inputs, [name]: at }, OPTIONS)));
    expectGradient(f, inputs[name]);
  });

  it('returns one tensor without a tape, only the gradient with one, and leaks none', () => {
    expect(countTensors(() => batchNormInference(inputs, RELU).dispose())).toBe(0);
    const gradient = tf.grad((x) => tf.sum(batchNormInference({ ...inputs, x }, RELU)));
    expect(countTensors(() => gradient(inputs.x).dispose())).toBe(0);
  });

  it('accepts a single example, and rejects parameters of another size', () => {
    const one = { ...inputs, x: tf.zeros([1, 3]), residual: undefined };
    expect(batchNormInference(one, OPTIONS).shape).toEqual([1, 3]);
    expect(() => batchNormInference({ ...one, x: tf.zeros([1, 2]) }, OPTIONS)).toThrow(ShapeError);
    expect(() => batchNormInference({ ...one, variance: tf.zeros([1]) }, OPTIONS)).toThrow(
      '[@st/models] batchNormInference: variance must be [3], one value per channel of x, got Tensor float32 [1].',
    );
  });
});
