import { ShapeError } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { input } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { Linear } from './linear.ts';

describe('Linear', () => {
  it('equals x W + b computed by hand', () => {
    const layer = new Linear({ name: 'linear', units: 2 });
    const x = tf.tensor2d([[1, 2]]);
    layer.apply(x);
    layer.setWeights([
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor1d([10, 20]),
    ]);
    expectClose(layer.apply(x) as tf.Tensor, [17, 30]);
    expect(countTensors(() => (layer.apply(x) as tf.Tensor).dispose())).toBe(0);
  });

  it('has initial weights within 1 / sqrt(in), and a bias within it or 0', () => {
    const starts = (options: object): (number | undefined)[] => {
      const layer = new Linear({ name: 'linear', units: 200, ...options });
      layer.build([null, 25]);
      return layer.weights.map((weight) => tf.max(tf.abs(weight.read())).dataSync()[0]);
    };
    const [weight = 0, bias = 0] = starts({});
    for (const largest of [weight, bias]) {
      expect(largest).toBeLessThanOrEqual(0.2);
      expect(largest).toBeGreaterThan(0.19);
    }
    expect(starts({ biasInitializer: 'zeros' })[1]).toBe(0);
  });

  it('is restored from its configuration', () => {
    const layer = new Linear({ name: 'fc', units: 3, biasInitializer: 'zeros', seed: 5 });
    expect(Linear.fromConfig(Linear, layer.getConfig()).getConfig()).toEqual(layer.getConfig());
  });

  it('rejects invalid options and inputs', () => {
    expect(() => new Linear({ name: 'fc', units: 0 })).toThrow(
      "[@st/models] Linear 'fc': units must be an integer >= 1, got 0.",
    );
    const odd = { name: 'fc', units: 1, biasInitializer: 'ones' } as unknown as { name: string; units: number }; // as from JavaScript
    expect(() => new Linear(odd)).toThrow(
      "[@st/models] Linear 'fc': biasInitializer must be one of 'uniform-fan-in', 'zeros', got 'ones'.",
    );
    const maps = input({ shape: [8, 8, 3] });
    expect(() => new Linear({ name: 'fc', units: 1 }).apply(maps)).toThrow(ShapeError);
    expect(() => new Linear({ name: 'fc', units: 1 }).apply(maps)).toThrow(
      "[@st/models] Linear 'fc': the input must be [batch, features] with known features, got [,8,8,3]. Pool or flatten first.",
    );
  });
});
