import { type BatchNormMode, createRng, InvalidArgumentError, ShapeError } from '@st/core';
import { BATCH_NORM_ARGUMENT } from '@st/core/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { BatchNorm } from './batch-norm-layer.ts';

/** One channel of 1, 2, 3, 4: mean 2.5, biased variance 1.25, unbiased 5 / 3. */
const X = tf.keep(tf.tensor2d([1, 2, 3, 4], [4, 1]));
const BATCH_NORMALIZED = [-1.5, -0.5, 0.5, 1.5].map((n) => n / Math.sqrt(1.25 + 1e-5));

function built(options: Partial<ConstructorParameters<typeof BatchNorm>[0]> = {}): BatchNorm {
  const layer = new BatchNorm({ name: `bn_${Math.trunc(created++)}`, ...options });
  layer.apply(X);
  return layer;
}
let created = 0;

function statistics(layer: BatchNorm): number[] {
  return layer.nonTrainableWeights.flatMap((weight) => [...weight.read().dataSync()]);
}

const run = (layer: BatchNorm, mode: BatchNormMode, x: tf.Tensor | tf.Tensor[] = X): tf.Tensor =>
  layer.apply(x, { [BATCH_NORM_ARGUMENT]: mode }) as tf.Tensor;

describe('BatchNorm', () => {
  it('in mode inference normalizes with the running statistics and does not update them', () => {
    const layer = built({ epsilon: 1 });
    expectClose(
      run(layer, 'inference'),
      [1, 2, 3, 4].map((x) => x / Math.SQRT2),
    );
    expect(statistics(layer)).toEqual([0, 1]);
  });

  it('in mode batch-frozen normalizes with batch statistics and keeps the running statistics bit for bit', () => {
    const layer = built();
    expectClose(run(layer, 'batch-frozen'), BATCH_NORMALIZED);
    expect(statistics(layer)).toEqual([0, 1]);
  });

  it('in mode batch-tracking updates them by a tenth, with unbiased variance: 0.25 and 0.9 + 0.1 x 5 / 3', () => {
    const layer = built();
    expectClose(run(layer, 'batch-tracking'), BATCH_NORMALIZED);
    expectClose(statistics(layer), [0.25, 0.9 + 0.1 * (5 / 3)]);
  });

  it('counts the values per channel over batch and pixels: 2 x 1 x 2 gives the same', () => {
    const layer = built();
    run(layer, 'batch-tracking', tf.reshape(X, [2, 1, 2, 1]));
    expectClose(statistics(layer), [0.25, 0.9 + 0.1 * (5 / 3)]);
  });

  it('uses the training flag of tfjs if no mode is given', () => {
    const layer = built();
    expectClose(layer.apply(X) as tf.Tensor, [1, 2, 3, 4], 1e-5);
    expect(statistics(layer)).toEqual([0, 1]);
    expectClose(layer.apply(X, { training: true }) as tf.Tensor, BATCH_NORMALIZED);
    expectClose(statistics(layer), [0.25, 0.9 + 0.1 * (5 / 3)]);
  });

  it('prefers the mode to the training flag', () => {
    const layer = built();
    layer.apply(X, { training: true, [BATCH_NORM_ARGUMENT]: 'batch-frozen' });
    expect(statistics(layer)).toEqual([0, 1]);
  });

  it('adds the second of two inputs before its ReLU', () => {
    const layer = built({ activation: 'relu', epsilon: 1 });
    const residual = tf.tensor2d([-9, 0, 1, -9], [4, 1]);
    expectClose(run(layer, 'inference', [X, residual]), [0, 2 / Math.SQRT2, 3 / Math.SQRT2 + 1, 0]);
  });

  it('has only weight and bias as trainable variables', () => {
    const layer = built();
    expect(layer.trainableWeights.map((weight) => weight.originalName.split('/')[1])).toEqual(['weight', 'bias']);
    expect(layer.nonTrainableWeights.map((weight) => weight.originalName.split('/')[1])).toEqual([
      'running_mean',
      'running_var',
    ]);
  });

  it('leaks nothing in 50 tracked training calls, under a tape', () => {
    const layer = built();
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const step = (): void => {
      const { value, grads } = tf.variableGrads(() => tf.sum(run(layer, 'batch-tracking')) as tf.Scalar, variables);
      tf.dispose([value, grads]);
    };
    expect(
      countTensors(() => {
        for (let i = 0; i < 50; i++) step();
      }),
    ).toBe(0);
  });

  it('takes no gradient through the update of running statistics', () => {
    const layer = built({ activation: 'relu' });
    const x = createRng(1).normal([6, 1]);
    const gradient = (mode: BatchNormMode) => tf.grad((at) => tf.sum(tf.square(run(layer, mode, at))))(x);
    expectClose(gradient('batch-tracking'), gradient('batch-frozen'), 0);
  });

  it('is restored from its configuration', () => {
    const layer = built({ activation: 'relu', momentum: 0.3, epsilon: 1e-3, name: 'layer1.0.bn1' });
    const copy = BatchNorm.fromConfig(BatchNorm, layer.getConfig());
    expect(copy.getConfig()).toEqual(layer.getConfig());
    expect(copy.getConfig()).toMatchObject({ activation: 'relu', momentum: 0.3, epsilon: 1e-3, name: 'layer1.0.bn1' });
  });

  describe('rejects', () => {
    it('an unknown mode', () => {
      const layer = built({ name: 'odd' });
      expect(() => layer.apply(X, { [BATCH_NORM_ARGUMENT]: 'frozen' })).toThrow(
        "[@st/models] BatchNorm 'odd': batchNorm must be one of 'inference', 'batch-frozen', 'batch-tracking', got 'frozen'.",
      );
    });

    it('invalid options', () => {
      const make = (options: object) => () => new BatchNorm({ name: 'bn', ...options });
      expect(make({ momentum: 1.5 })).toThrow(
        "[@st/models] BatchNorm 'bn': momentum must be a finite number in [0, 1], got 1.5.",
      );
      expect(make({ epsilon: 0 })).toThrow("[@st/models] BatchNorm 'bn': epsilon must be a finite number > 0, got 0.");
      expect(make({ activation: 'gelu' })).toThrow(
        "[@st/models] BatchNorm 'bn': activation must be one of 'linear', 'relu', got 'gelu'.",
      );
      expect(make({ epsilon: Number.NaN })).toThrow(InvalidArgumentError);
    });

    it('an unknown number of channels at build, and a call before build', () => {
      expect(() => new BatchNorm({ name: 'bn' }).apply(input({ shape: [4, null] }))).toThrow(
        "[@st/models] BatchNorm 'bn': the input must have known channels in its last axis, got [,4,].",
      );
      expect(() => new BatchNorm({ name: 'bn' }).call(X, {})).toThrow(ShapeError);
      expect(() => new BatchNorm({ name: 'bn' }).call(X, {})).toThrow(
        "[@st/models] BatchNorm 'bn': the layer must be built before it is called.",
      );
    });
  });
});
