import { InvalidArgumentError, ShapeError } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { Conv2d, type Conv2dOptions } from './conv2d.ts';

function weightsOf(options: Conv2dOptions, channels: number): Float32Array {
  const layer = new Conv2d(options);
  layer.build([null, 8, 8, channels]);
  return Float32Array.from(layer.weights[0]?.read().dataSync() ?? []);
}

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float32Array): number =>
  Math.sqrt(mean(values.map((value) => value ** 2)) - mean(values) ** 2);

describe('Conv2d', () => {
  it('pads both sides at stride 2, as PyTorch does, unlike "same" of tfjs', () => {
    const layer = new Conv2d({ name: 'conv', filters: 1, kernelSize: 3, stride: 2, padding: 1 });
    const x = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    layer.apply(x);
    layer.setWeights([tf.ones([3, 3, 1, 1])]);
    // sums of the windows around (0, 0), (0, 2), (2, 0), (2, 2)
    expectClose(layer.apply(x) as tf.Tensor, [10, 24, 51, 90]);
  });

  it('pads unequally with padding [before, after], and has the correct gradient', () => {
    const layer = new Conv2d({ name: 'conv', filters: 1, kernelSize: 3, stride: 2, padding: [0, 1] });
    const x = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 4, 4, 1],
    );
    layer.apply(x);
    layer.setWeights([tf.ones([3, 3, 1, 1])]);
    // sums of the windows that start at (0, 0), (0, 2), (2, 0), (2, 2)
    expectClose(layer.apply(x) as tf.Tensor, [45, 39, 66, 50]);
    expect(layer.computeOutputShape([null, 4, 5, 1])).toEqual([null, 2, 2, 1]);
    const gradient = tf.grad((at) =>
      tf.sum(tf.mul(layer.apply(at) as tf.Tensor, tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]))),
    )(x);
    // for each pixel the sum of the weights 1, 2, 3, 4 of the windows that contain it
    expectClose(gradient, [1, 1, 3, 2, 1, 1, 3, 2, 4, 4, 10, 6, 3, 3, 7, 4]);
  });

  it('computes its output shape, also for odd and unknown sizes', () => {
    for (const size of [5, 6, 7]) {
      const layer = new Conv2d({ name: 'conv', filters: 2, kernelSize: 3, stride: 2, padding: 1 });
      const y = layer.apply(tf.zeros([1, size, size, 1])) as tf.Tensor;
      expect(layer.computeOutputShape([1, size, size, 1])).toEqual(y.shape);
      expect(layer.computeOutputShape([null, null, size, 1])).toEqual([null, null, y.shape[2], 2]);
    }
  });

  it('has PyTorch’s default initialization: U(-b, b) with b = 1 / sqrt(fan-in)', () => {
    const weights = weightsOf({ name: 'conv', filters: 64, kernelSize: 3 }, 16);
    const bound = 1 / 12; // 1 / sqrt(16 x 9)
    expect(Math.max(...weights)).toBeLessThanOrEqual(bound);
    expect(Math.max(...weights)).toBeGreaterThan(0.99 * bound);
    expect(Math.abs(mean(weights))).toBeLessThan(0.02 * bound);
    expect(deviation(weights)).toBeCloseTo(bound / Math.sqrt(3), 3);
  });

  it('has initialization N(0, 2 / fan-out) with normal-fan-out', () => {
    const weights = weightsOf({ name: 'conv', filters: 32, kernelSize: 3, initializer: 'normal-fan-out' }, 32);
    const wanted = Math.sqrt(2 / (9 * 32));
    expect(Math.abs(mean(weights))).toBeLessThan(0.04 * wanted);
    expect(Math.abs(deviation(weights) / wanted - 1)).toBeLessThan(0.03);
    expect(Math.max(...weights)).toBeGreaterThan(3 * wanted);
  });

  it('has initial weights that depend on seed and name only', () => {
    const options = { name: 'conv1', filters: 4, kernelSize: 3, seed: 7 };
    const weights = weightsOf(options, 3);
    expect(weightsOf(options, 3)).toEqual(weights);
    expect(weightsOf({ ...options, seed: 8 }, 3)).not.toEqual(weights);
    expect(weightsOf({ ...options, name: 'conv2' }, 3)).not.toEqual(weights);
  });

  it('is restored from its configuration', () => {
    const layer = new Conv2d({
      name: 'a.0',
      filters: 4,
      kernelSize: 1,
      stride: 2,
      initializer: 'normal-fan-out',
      seed: 3,
    });
    expect(Conv2d.fromConfig(Conv2d, layer.getConfig()).getConfig()).toEqual(layer.getConfig());
    const uneven = new Conv2d({ name: 'a.1', filters: 4, kernelSize: 3, padding: [0, 1] });
    expect(Conv2d.fromConfig(Conv2d, uneven.getConfig()).getConfig()).toMatchObject({ padding: [0, 1] });
  });

  it('returns one tensor per call and leaks none', () => {
    const layer = new Conv2d({ name: 'conv', filters: 4, kernelSize: 3 });
    const x = tf.zeros([1, 4, 4, 2]);
    layer.apply(x);
    expect(countTensors(() => (layer.apply(x) as tf.Tensor).dispose())).toBe(0);
  });

  it('rejects invalid options', () => {
    const make = (options: object) => () => new Conv2d({ name: 'c', filters: 1, kernelSize: 3, ...options });
    expect(make({ filters: 0 })).toThrow("[@st/models] Conv2d 'c': filters must be an integer >= 1, got 0.");
    expect(make({ kernelSize: 1.5 })).toThrow("[@st/models] Conv2d 'c': kernelSize must be an integer >= 1, got 1.5.");
    expect(make({ stride: -1 })).toThrow("[@st/models] Conv2d 'c': stride must be an integer >= 1, got -1.");
    expect(make({ padding: 'same' })).toThrow("[@st/models] Conv2d 'c': padding must be an integer >= 0, got 'same'.");
    expect(make({ padding: [1] })).toThrow(
      "[@st/models] Conv2d 'c': padding must be one integer >= 0 or [before, after], got [1].",
    );
    expect(make({ padding: [0, -1] })).toThrow("[@st/models] Conv2d 'c': padding[1] must be an integer >= 0, got -1.");
    expect(make({ initializer: 'zeros' })).toThrow(
      "[@st/models] Conv2d 'c': initializer must be one of 'uniform-fan-in', 'normal-fan-out', got 'zeros'.",
    );
    expect(make({ filters: 0 })).toThrow(InvalidArgumentError);
  });

  it('rejects an input of another rank', () => {
    const layer = new Conv2d({ name: 'c', filters: 1, kernelSize: 3 });
    expect(() => layer.apply(input({ shape: [8, 3] }))).toThrow(ShapeError);
    expect(() => layer.apply(input({ shape: [8, 3] }))).toThrow(
      "[@st/models] Conv2d 'c': the input must be [batch, height, width, channels] with known channels, got [,8,3].",
    );
  });
});
