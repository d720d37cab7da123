import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const gradientOf = (x: tf.Tensor4D, size: [number, number], strides: [number, number], pad: 'same' | 'valid') =>
  tf.grad((x) => {
    const y = tf.maxPool(x as tf.Tensor4D, size, strides, pad);
    return tf.sum(tf.mul(y, tf.reshape(tf.range(1, y.size + 1), y.shape)));
  })(x);

describe.runIf(testBackend() === 'wasm')('maxPoolGrad', () => {
  it("passes a window's gradient to its largest value, even if all values are negative", () => {
    const x = tf.tensor4d([-3, -1, 2, 5, -2, -4, 7, 1], [1, 2, 4, 1]);
    expect([...gradientOf(x, [2, 2], [2, 2], 'valid').dataSync()]).toEqual([0, 1, 0, 0, 0, 0, 2, 0]);
  });

  it('passes it to the first of equal values', () => {
    expect([...gradientOf(tf.zeros([1, 2, 2, 1]), [2, 2], [2, 2], 'valid').dataSync()]).toEqual([1, 0, 0, 0]);
  });

  it('agrees with cpu for any window, stride and padding', async () => {
    const side = fc.integer({ min: 1, max: 3 });
    const pools = fc.record({
      shape: fc.tuple(side, fc.integer({ min: 3, max: 8 }), fc.integer({ min: 3, max: 8 }), side),
      size: fc.tuple(side, side),
      strides: fc.tuple(side, side),
      pad: fc.constantFrom('same' as const, 'valid' as const),
    });
    await fc.assert(
      fc.asyncProperty(pools, async ({ shape, size, strides, pad }) => {
        const gradient = () =>
          tf.tidy(() => gradientOf(tf.randomNormal(shape, -1, 1, 'float32', 4), size, strides, pad));
        const [expected] = await valuesOn('cpu', gradient);
        const actual = gradient();
        expectClose(actual, expected as Float32Array);
        actual.dispose();
      }),
      { seed: 10, numRuns: 60 },
    );
  });
});
