import { createRng, ShapeError } from '@st/core';
import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { batchNorm } from './batch-norm.ts';
import type { BatchNormInputs } from './batch-norm-inputs.ts';

const LINEAR = { epsilon: 1e-5, activation: 'linear' } as const;
const RELU = { epsilon: 1e-5, activation: 'relu' } as const;

function randomInputs(shape: number[], seed = 1): Required<BatchNormInputs> & { x: tf.Tensor; residual: tf.Tensor } {
  const rng = createRng(seed);
  const channels = shape.at(-1) ?? 0;
  return {
    x: rng.normal(shape as [number, number], 0.3, 1.5),
    gamma: rng.uniform([channels], 0.5, 1.5),
    beta: rng.uniform([channels], -0.5, 0.5),
    residual: rng.normal(shape as [number, number]),
  };
}

/** The same function composed of tfjs ops, differentiated by tfjs. */
function chain({ x, gamma, beta, residual }: BatchNormInputs, options: typeof LINEAR | typeof RELU): tf.Tensor {
  const axes = x.rank === 4 ? [0, 1, 2] : [0];
  const mean = tf.mean(x, axes);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes);
  const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, options.epsilon)));
  const affine = tf.add(tf.mul(normal, gamma), beta);
  const sum = residual ? tf.add(affine, residual) : affine;
  return options.activation === 'relu' ? tf.relu(sum) : sum;
}

describe('batchNorm', () => {
  it('normalizes 1, 2, 3, 4 as computed by hand: mean 2.5, variance 1.25', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [4, 1]);
    const options = { epsilon: 0.3125, activation: 'linear' } as const; // 1.25 + 0.3125 = 1.25^2
    const { y, mean, variance } = batchNorm({ x, gamma: tf.tensor1d([2.5]), beta: tf.tensor1d([1]) }, options);
    expectClose(mean, [2.5]);
    expectClose(variance, [1.25]);
    expectClose(y, [-2, 0, 2, 4]);
  });

  it('adds the residual before the ReLU', () => {
    const x = tf.tensor2d([1, 2, 3, 4], [4, 1]);
    const residual = tf.tensor2d([3, -1, -3, 0], [4, 1]);
    const options = { epsilon: 0.3125, activation: 'relu' } as const;
    const { y } = batchNorm({ x, gamma: tf.tensor1d([2.5]), beta: tf.tensor1d([1]), residual }, options);
    expectClose(y, [1, 0, 0, 4]);
  });

  it('computes statistics over batch and pixels for each channel', () => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [2, 2, 1, 2]);
    const { mean, variance } = batchNorm({ x, gamma: tf.ones([2]), beta: tf.zeros([2]) }, LINEAR);
    expectClose(mean, [2.5, 25]);
    expectClose(variance, [1.25, 125]);
  });

  it('is accurate for a mean of 1000 standard deviations: the variance takes a second pass', () => {
    const x = tf.tensor2d([1000, 1001, 1002, 1003], [4, 1]);
    const { variance } = batchNorm({ x, gamma: tf.ones([1]), beta: tf.zeros([1]) }, LINEAR);
    expectClose(variance, [1.25]);
  });

  const cases = [
    { shape: [6, 3], options: LINEAR, withResidual: false },
    { shape: [2, 3, 4, 5], options: LINEAR, withResidual: true },
    { shape: [2, 3, 4, 5], options: RELU, withResidual: false },
    { shape: [3, 4, 2, 2], options: RELU, withResidual: true },
    { shape: [5, 1, 1, 3], options: RELU, withResidual: true },
  ] as const;

  it.each(cases)(
    'equals the composition of tfjs ops in value and gradients: %o',
    ({ shape, options, withResidual }) => {
      const { residual, ...affine } = randomInputs([...shape]);
      const inputs = withResidual ? { ...affine, residual } : affine;
      const weights = createRng(2).normal(shape as unknown as [number]); // a tuple of any length
      const gradientsOf = (f: (inputs: BatchNormInputs) => tf.Tensor) =>
        tf.grads((x, gamma, beta, added) => {
          const given = { x: x as tf.Tensor, gamma: gamma as tf.Tensor, beta: beta as tf.Tensor };
          return tf.sum(tf.mul(weights, f(withResidual ? { ...given, residual: added } : given)));
        })(Object.values(inputs));
      expectClose(batchNorm(inputs, options).y, chain(inputs, options));
      const fused = gradientsOf((given) => batchNorm(given, options).y);
      const chained = gradientsOf((given) => chain(given, options));
      fused.forEach((gradient, i) => {
        expectClose(gradient, chained[i] ?? [], 3e-5);
      });
    },
  );

  it('has the gradient of finite differences, including the path through the statistics', () => {
    const { x, gamma, beta, residual } = randomInputs([4, 2]);
    const weights = createRng(3).normal([4, 2]);
    expectGradient((at) => tf.sum(tf.mul(weights, batchNorm({ x: at, gamma, beta, residual }, LINEAR).y)), x);
  });

  it('returns a new tensor as the residual’s gradient, so that dy is not disposed', () => {
    const { x, gamma, beta, residual } = randomInputs([4, 2]);
    const f = (at: tf.Tensor): tf.Scalar => {
      const { y } = batchNorm({ x: tf.mul(at, x), gamma, beta, residual: at }, LINEAR);
      return tf.sum(tf.square(tf.add(y, at)));
    };
    expectGradient(f, residual);
  });

  it('returns three tensors without a tape, only the gradients with one, and leaks none', () => {
    const inputs = randomInputs([2, 3, 3, 2]);
    expect(countTensors(() => tf.dispose(batchNorm(inputs, RELU)))).toBe(0);
    const gradient = tf.grad((x) => tf.sum(batchNorm({ ...inputs, x }, RELU).y));
    expect(countTensors(() => gradient(inputs.x).dispose())).toBe(0);
  });

  describe('rejects', () => {
    const [gamma, beta] = [tf.ones([2]), tf.zeros([2])];

    it('an x of another rank or dtype', () => {
      expect(() => batchNorm({ x: tf.zeros([4, 3, 2]), gamma, beta }, LINEAR)).toThrow(ShapeError);
      expect(() => batchNorm({ x: tf.zeros([4, 2], 'int32'), gamma, beta }, LINEAR)).toThrow(
        '[@st/models] batchNorm: x must be float32 [batch, height, width, channels] or [batch, channels], got Tensor int32 [4,2].',
      );
    });

    it('parameters of another channel count', () => {
      expect(() => batchNorm({ x: tf.zeros([4, 3]), gamma, beta }, LINEAR)).toThrow(
        '[@st/models] batchNorm: gamma must be [3], one value per channel of x, got Tensor float32 [2].',
      );
      expect(() => batchNorm({ x: tf.zeros([4, 2]), gamma, beta: tf.zeros([1]) }, LINEAR)).toThrow(
        '[@st/models] batchNorm: beta must be [2], one value per channel of x, got Tensor float32 [1].',
      );
    });

    it('a residual of another shape', () => {
      expect(() => batchNorm({ x: tf.zeros([4, 2]), gamma, beta, residual: tf.zeros([2]) }, LINEAR)).toThrow(
        '[@st/models] batchNorm: residual must have the shape [4,2] of x, got Tensor float32 [2].',
      );
    });

    it('a single value per channel, which has no variance', () => {
      expect(() => batchNorm({ x: tf.zeros([1, 2]), gamma, beta }, LINEAR)).toThrow(
        "[@st/models] batchNorm: batch statistics need at least 2 values per channel, got x Tensor float32 [1,2]. Take a larger batch, or mode 'inference'.",
      );
    });
  });
});
