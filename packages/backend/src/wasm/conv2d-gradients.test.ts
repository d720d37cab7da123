import { expectClose, testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A convolution small enough for cpu to check, over every stride, padding and left-over row that matter. */
const convolutions = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 5 }),
    filterHeight: fc.integer({ min: 1, max: 5 }),
    filterWidth: fc.integer({ min: 1, max: 5 }),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.oneof(
      fc.constantFrom('same' as const, 'valid' as const),
      fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 5 }))),
    ),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .filter((c) => c.filterHeight <= c.height && c.filterWidth <= c.width);

type Convolution = typeof convolutions extends fc.Arbitrary<infer T> ? T : never;

/** Both gradients of `sum(conv2d(x, w) * dy)` on a back end, as plain arrays. */
async function gradientsOn(backend: string, c: Convolution): Promise<ArrayLike<number>[]> {
  const active = tf.getBackend();
  await tf.setBackend(backend);
  const x = tf.randomNormal<tf.Rank.R4>([c.batch, c.height, c.width, c.inputs], 0, 1, 'float32', c.seed);
  const w = tf.randomNormal<tf.Rank.R4>(
    [c.filterHeight, c.filterWidth, c.inputs, c.outputs],
    0,
    1,
    'float32',
    c.seed + 1,
  );
  const pad =
    typeof c.pad === 'string'
      ? c.pad
      : ([
          [0, 0],
          [c.pad[0], c.pad[1]],
          [c.pad[2], c.pad[3]],
          [0, 0],
        ] as tf.backend_util.ExplicitPadding);
  const convolve = (x: tf.Tensor4D, w: tf.Tensor4D) => tf.conv2d(x, w, c.strides, pad);
  const y = convolve(x, w);
  const dy = tf.randomNormal<tf.Rank.R4>(y.shape, 0, 1, 'float32', c.seed + 2);
  const gradients = tf.grads((x, w) => tf.sum(tf.mul(convolve(x as tf.Tensor4D, w as tf.Tensor4D), dy)))([x, w]);
  const values = gradients.map((gradient) => gradient.dataSync());
  tf.dispose([x, w, y, dy, gradients]);
  await tf.setBackend(active);
  return values;
}

describe('gradients of conv2d', () => {
  it('agree with cpu for any stride, padding and shape', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async (convolution) => {
        const actual = await gradientsOn(testBackend(), convolution);
        const expected = await gradientsOn('cpu', convolution);
        actual.forEach((values, i) => {
          expectClose(values, expected[i] ?? [], 1e-5);
        });
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('leave no data behind on the back end', async () => {
    const before = tf.engine().backend.numDataIds();
    await gradientsOn(testBackend(), {
      batch: 2,
      height: 9,
      width: 8,
      inputs: 3,
      outputs: 4,
      filterHeight: 3,
      filterWidth: 3,
      strides: [2, 2],
      pad: [4, 0, 1, 2],
      seed: 3,
    });
    expect(tf.engine().backend.numDataIds()).toBe(before);
  });
});
