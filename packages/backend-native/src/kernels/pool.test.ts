import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

const windows = fc.record({
  size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  channels: fc.integer({ min: 1, max: 19 }),
  filter: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  same: fc.boolean(),
});

describe('pooling', () => {
  it('and its gradients agree with cpu for any window, stride and padding', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async ({ size: [height, width], channels, filter: [fh, fw], stride, same }) => {
        const filter: [number, number] = same ? [fh, fw] : [Math.min(fh, height), Math.min(fw, width)];
        const pad = same ? 'same' : 'valid';
        await expectAsOnCpu(() => {
          const x = randomTensor([2, height, width, channels], 1) as tf.Tensor4D;
          const poolings = [
            (at: tf.Tensor) => tf.avgPool(at as tf.Tensor4D, filter, stride, pad),
            (at: tf.Tensor) => tf.maxPool(at as tf.Tensor4D, filter, stride, pad),
          ];
          return poolings.flatMap((pooling) => {
            const weights = randomTensor(pooling(x).shape, 2);
            return [pooling(x), tf.grad((at) => tf.sum(tf.mul(pooling(at), weights)))(x)];
          });
        });
      }),
      { numRuns: 100, seed: 15 },
    );
  });

  it('sends the gradient of equal values to the first of them', async () => {
    await expectAsOnCpu(() =>
      tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 3, 2, 'same')))(tf.ones([1, 7, 7, 3])),
    );
  });
});
