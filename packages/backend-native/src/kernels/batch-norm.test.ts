import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

const run = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) =>
  tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[];

/** The definition, in float64. */
function reference(values: Float32Array, channels: number, epsilon: number, gamma: Float32Array, beta: Float32Array) {
  const rows = values.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  values.forEach((value, i) => {
    mean[i % channels] = (mean[i % channels] ?? 0) + value / rows;
  });
  values.forEach((value, i) => {
    const c = i % channels;
    variance[c] = (variance[c] ?? 0) + (value - (mean[c] ?? 0)) ** 2 / rows;
  });
  const y = Float64Array.from(values, (value, i) => {
    const c = i % channels;
    return ((value - (mean[c] ?? 0)) / Math.sqrt((variance[c] ?? 0) + epsilon)) * (gamma[c] ?? 1) + (beta[c] ?? 0);
  });
  return { mean, variance, y };
}

function expectNear(got: ArrayLike<number>, wanted: ArrayLike<number>, bound: number): void {
  const scale = Array.from(wanted).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const error = Array.from(got).reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] ?? NaN))), 0);
  expect(error / scale).toBeLessThanOrEqual(bound);
}

describe('batch norm', () => {
  it.each([
    [1, 1, 0],
    [2, 3, 5],
    [65, 7, -3],
    [1000, 16, 100],
    [4097, 64, 1],
    [513, 130, 0],
    [70_000, 3, 20],
    [20, 1025, 2],
  ])('of %i rows of %i channels around %i agrees with float64', (rows, channels, offset) => {
    const x = tf.tidy(() => tf.add(randomTensor([rows, channels], 1), offset));
    const [gamma, beta] = [randomTensor([channels], 2, 0.5, 2), randomTensor([channels], 3)];
    const [y, mean, variance] = run('StBatchNorm', { x, gamma, beta }, { epsilon: 1e-5, activation: 'linear' }) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const exact = reference(
      x.dataSync() as Float32Array,
      channels,
      1e-5,
      gamma.dataSync() as Float32Array,
      beta.dataSync() as Float32Array,
    );
    expectNear(mean.dataSync(), exact.mean, 1e-6);
    if (rows > 1) expectNear(variance.dataSync(), exact.variance, 1e-6);
    if (rows > 1) expectNear(y.dataSync(), exact.y, 1e-6 * (1 + Math.abs(offset) * 4));
    tf.dispose([x, gamma, beta, y, mean, variance]);
  });

  it('and its gradient agree with a chain of stock ops, with residual and ReLU', async () => {
    const draws = fc.record({
      rows: fc.integer({ min: 8, max: 60 }),
      channels: fc.integer({ min: 1, max: 70 }),
      relu: fc.boolean(),
      residual: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(draws, async ({ rows, channels, relu, residual: withResidual }) => {
        const activation = relu ? 'relu' : 'linear';
        const results = tf.tidy(() => {
          const x = randomTensor([rows, channels], 1);
          const [gamma, beta] = [randomTensor([channels], 2, 0.5, 2), randomTensor([channels], 3)];
          const residual = randomTensor([rows, channels], 4);
          const dy = randomTensor([rows, channels], 5);
          const inputs = withResidual ? { x, gamma, beta, residual } : { x, gamma, beta };
          const [y, mean, variance] = run('StBatchNorm', inputs, { epsilon: 1e-3, activation }) as [
            tf.Tensor,
            tf.Tensor,
            tf.Tensor,
          ];
          const gradients = run(
            'StBatchNormGrad',
            { dy, x, y, mean, variance, gamma, beta },
            { epsilon: 1e-3, activation, residual: withResidual },
          ) as tf.Tensor[];
          const chain = (at: tf.Tensor, g: tf.Tensor, b: tf.Tensor, r: tf.Tensor) => {
            const { mean: m, variance: v } = tf.moments(at, 0);
            const normal = tf.add(tf.mul(tf.div(tf.sub(at, m), tf.sqrt(tf.add(v, 1e-3))), g), b);
            const sum = withResidual ? tf.add(normal, r) : normal;
            return relu ? tf.relu(sum) : sum;
          };
          const wanted = tf.grads((at, g, b, r) =>
            tf.sum(tf.mul(dy, chain(at as tf.Tensor, g as tf.Tensor, b as tf.Tensor, r as tf.Tensor))),
          );
          const all = withResidual ? [x, gamma, beta, residual] : [x, gamma, beta];
          const stock = withResidual
            ? wanted([x, gamma, beta, residual])
            : tf.grads((at, g, b) =>
                tf.sum(tf.mul(dy, chain(at as tf.Tensor, g as tf.Tensor, b as tf.Tensor, residual))),
              )([x, gamma, beta]);
          expect(gradients).toHaveLength(all.length);
          const inference = run(
            'StBatchNormInference',
            { ...inputs, mean, variance },
            { epsilon: 1e-3, activation },
          ) as tf.Tensor;
          return [
            [y, chain(x, gamma, beta, residual)],
            [inference, y],
            ...gradients.map((gradient, i) => [gradient, stock[i]] as [tf.Tensor, tf.Tensor]),
          ];
        });
        for (const [got, wanted] of results as [tf.Tensor, tf.Tensor][])
          expectNear(got.dataSync(), wanted.dataSync(), 5e-5);
        tf.dispose(results as unknown as tf.Tensor[]);
      }),
      { numRuns: 80, seed: 20 },
    );
  });

  it('recomputes the ReLU mask from x with the bits of the forward pass, without a residual', () => {
    for (const [rows, channels] of [
      [4096, 1],
      [1000, 3],
      [999, 16],
      [512, 64],
      [130, 77],
      [64, 200],
    ] as const) {
      tf.tidy(() => {
        const [x, dy] = [randomTensor([rows, channels], 1), randomTensor([rows, channels], 2)];
        const [gamma, beta] = [randomTensor([channels], 3), randomTensor([channels], 4)];
        const attrs = { epsilon: 1e-5, activation: 'relu' };
        const forward = run('StBatchNorm', { x, gamma, beta }, attrs) as tf.Tensor[];
        const [y, mean, variance] = forward as [tf.Tensor, tf.Tensor, tf.Tensor];
        const inputs = { dy, x, y, mean, variance, gamma, beta };
        const fromX = run('StBatchNormGrad', inputs, { ...attrs, residual: false }) as tf.Tensor[];
        const fromY = run('StBatchNormGrad', inputs, { ...attrs, residual: true }) as tf.Tensor[];
        for (const [i, gradient] of fromX.entries()) expect(gradient.dataSync()).toEqual(fromY[i]?.dataSync());
      });
    }
  });

  it('with given statistics has the gradient of an affine function', () => {
    const tensors = tf.tidy(() => {
      const [x, dy] = [randomTensor([30, 5], 1), randomTensor([30, 5], 2)];
      const [gamma, mean, variance] = [randomTensor([5], 3), randomTensor([5], 4), randomTensor([5], 5, 0.5, 1)];
      const attrs = { epsilon: 1e-5, activation: 'linear', residual: false };
      const [dx] = run('StBatchNormInferenceGrad', { dy, y: x, variance, gamma }, attrs) as [tf.Tensor];
      const parameters = run(
        'StBatchNormInferenceParameterGrad',
        { dy, x, y: x, mean, variance },
        attrs,
      ) as tf.Tensor[];
      const r = tf.rsqrt(tf.add(variance, 1e-5));
      const normal = tf.mul(tf.sub(x, mean), r);
      return [dx, ...parameters, tf.mul(dy, tf.mul(gamma, r)), tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
    });
    for (let i = 0; i < 3; i++) expectNear(tensors[i]?.dataSync() ?? [], tensors[i + 3]?.dataSync() ?? [], 3e-6);
    tf.dispose(tensors);
  });

  it('of tfjs itself agrees with cpu', async () => {
    await expectAsOnCpu(() => {
      const x = randomTensor([4, 5, 6, 7], 1) as tf.Tensor4D;
      const [mean, variance] = [randomTensor([7], 2) as tf.Tensor1D, randomTensor([7], 3, 0.5, 1) as tf.Tensor1D];
      return [
        tf.batchNorm(x, mean, variance),
        tf.batchNorm(x, mean, variance, randomTensor([7], 4) as tf.Tensor1D, randomTensor([7], 5) as tf.Tensor1D, 1e-5),
        tf.batchNorm(x, x, tf.abs(x), undefined, undefined, 1e-2),
      ];
    }, 3e-5);
  });

  it('of an empty batch with given statistics is empty', () => {
    const vector = tf.ones([3]);
    const tensors = { x: tf.zeros([0, 2, 2, 3]), gamma: vector, beta: vector, mean: vector, variance: vector };
    const attrs = { epsilon: 1e-5, activation: 'relu' };
    const y = tf.engine().runKernel('StBatchNormInference', tensors, attrs) as tf.Tensor;
    expect(y.shape).toEqual([0, 2, 2, 3]);
    expect([...y.dataSync()]).toEqual([]);
    tf.dispose([tensors, y]);
  });

  it('rejects an unknown activation, and an x without channels', () => {
    const tensors = { x: tf.zeros([2, 3]), gamma: tf.ones([3]), beta: tf.zeros([3]) };
    expect(() => run('StBatchNorm', tensors, { epsilon: 1e-5, activation: 'gelu' })).toThrow(
      "activation must be 'linear' or 'relu', got gelu",
    );
    const flat = { ...tensors, x: tf.zeros([3]) };
    expect(() => run('StBatchNorm', flat, { epsilon: 1e-5, activation: 'relu' })).toThrow(
      'x must be [..., channels] with at least one row, got [3]',
    );
    tf.dispose([tensors, flat]);
  });
});
