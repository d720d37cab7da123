import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { StemPool } from './stem-pool.ts';
import { WindowPool } from './window-pool.ts';

const apply = (layer: layers.Layer, x: tf.Tensor): tf.Tensor => layer.apply(x) as tf.Tensor;

describe('WindowPool', () => {
  /** Two channels of a 3 x 5 map: 0 to 14, and 100 times that. */
  const maps = (): tf.Tensor4D =>
    tf.tensor4d(
      Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? i / 2 : 50 * (i - 1))),
      [1, 3, 5, 2],
    );

  it('averages complete windows, drops the other pixels, and returns the windows of a channel together', () => {
    // rows 0 and 1, columns 0 to 3: (0 + 1 + 5 + 6) / 4 and (2 + 3 + 7 + 8) / 4
    expectClose(apply(new WindowPool({ size: 2 }), maps()), [3, 5, 300, 500]);
    expect(new WindowPool({ size: 2 }).computeOutputShape([null, 3, 5, 2])).toEqual([null, 4]);
    expect(new WindowPool({ size: 2 }).computeOutputShape([null, null, 5, 2])).toEqual([null, null]);
    expect(countTensors(() => apply(new WindowPool({ size: 2 }), maps()).dispose())).toBe(1); // the maps
  });

  it('has the gradient of a mean: 1/4 inside windows, 0 outside', () => {
    const gradient = tf.grad((x) => tf.sum(apply(new WindowPool({ size: 2 }), x)))(maps());
    const rows = [1, 1, 0].map((row) => [1, 1, 1, 1, 0].flatMap((column) => Array(2).fill(0.25 * row * column)));
    expectClose(gradient, rows.flat());
  });

  it('is restored from its configuration, and rejects size 0', () => {
    const layer = new WindowPool({ name: 'pool', size: 4 });
    expect(WindowPool.fromConfig(WindowPool, layer.getConfig()).getConfig()).toEqual(layer.getConfig());
    expect(() => new WindowPool({ size: 0 })).toThrow('[@st/models] WindowPool: size must be an integer >= 1, got 0.');
  });
});

describe('StemPool', () => {
  it('returns the maximum of 3 x 3 pixels at stride 2, without the padding', () => {
    // with inputs -1 to -16, a padding of 0 would be the maximum
    const x = tf.tensor4d(
      Array.from({ length: 16 }, (_, i) => -1 - i),
      [1, 4, 4, 1],
    );
    expectClose(apply(new StemPool({}), x), [-1, -2, -5, -6]);
    const gradient = tf.grad((image) => tf.sum(apply(new StemPool({}), image)))(x);
    expectClose(gradient, [1, 1, 0, 0, 1, 1, ...Array(10).fill(0)]);
    expect(new StemPool({}).computeOutputShape([null, 35, null, 8])).toEqual([null, 18, null, 8]);
  });
});
