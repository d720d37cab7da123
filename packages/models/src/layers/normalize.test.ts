import { InvalidArgumentError } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { Normalize } from './normalize.ts';

describe('Normalize', () => {
  it('subtracts the mean and divides by std for each channel', () => {
    const layer = new Normalize({ mean: [0.5, 0.25], std: [0.5, 0.25] });
    const x = tf.tensor4d([0, 0, 1, 1], [1, 1, 2, 2]);
    expectClose(layer.apply(x) as tf.Tensor, [-1, -1, 1, 3]);
    expect(layer.weights).toEqual([]);
    expect(countTensors(() => (layer.apply(x) as tf.Tensor).dispose())).toBe(0);
  });

  it('is restored from its configuration', () => {
    const layer = new Normalize({ name: 'normalize', mean: [0.5], std: [0.25] });
    expect(Normalize.fromConfig(Normalize, layer.getConfig()).getConfig()).toEqual(layer.getConfig());
  });

  it('rejects a mean and std that do not fit each other or the input', () => {
    expect(() => new Normalize({ mean: [0.5], std: [] })).toThrow(
      '[@st/models] Normalize: mean and std must be arrays of one number per channel, got [0.5] and [].',
    );
    expect(() => new Normalize({ mean: [0.5], std: [0] })).toThrow(
      '[@st/models] Normalize: std[0] must be a finite number > 0, got 0.',
    );
    expect(() => new Normalize({ mean: [Number.NaN], std: [1] })).toThrow(
      '[@st/models] Normalize: mean[0] must be a finite number, got NaN.',
    );
    const layer = new Normalize({ mean: [0.5], std: [1] });
    expect(() => layer.apply(tf.zeros([1, 2, 2, 3]))).toThrow(InvalidArgumentError);
    expect(() => layer.apply(tf.zeros([1, 2, 2, 3]))).toThrow(
      '[@st/models] Normalize: mean and std must have one value per channel of the input, got 1 for [1,2,2,3].',
    );
  });
});
