import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConvolutionAlgorithm, setConvolutionAlgorithm } from '../convolution-algorithm.ts';
import { randomTensor } from '../expect-as-on-cpu.fixture.ts';

const BOUNDS: readonly (readonly [ConvolutionAlgorithm, number])[] = [
  ['fast', 3e-5],
  ['accurate', 3e-6],
  ['direct', 3e-6],
];

/** Expects each value to be within `bound` times the largest value. */
function expectWithin(got: tf.Tensor, wanted: Float64Array, bound: number, name: string): void {
  const values = got.dataSync();
  expect(values.length).toBe(wanted.length);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - (values[i] ?? Number.NaN))), 0);
  expect(worst / largest, name).toBeLessThanOrEqual(bound);
}

/** to[i, j] += a[i] b[j], starting at the offsets. */
function addOuter(
  to: Float64Array,
  offset: number,
  [a, fromA, rows]: readonly [ArrayLike<number>, number, number],
  [b, fromB, columns]: readonly [ArrayLike<number>, number, number],
): void {
  for (let i = 0, at = offset; i < rows; i++) {
    const factor = a[fromA + i] ?? 0;
    for (let j = 0; j < columns; j++, at++) to[at] = (to[at] ?? 0) + factor * (b[fromB + j] ?? 0);
  }
}

/** Visits all triples of input pixel, output pixel and tap of a 3 x 3 filter on square images. */
function forJoined(batch: number, size: number, visit: (input: number, output: number, tap: number) => void): void {
  for (let output = 0; output < batch * size * size; output++) {
    const [h, w] = [Math.floor(output / size) % size, output % size];
    for (let tap = 0; tap < 9; tap++) {
      const [down, right] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
      if (h + down < 0 || w + right < 0 || h + down >= size || w + right >= size) continue;
      visit(output + down * size + right, output, tap);
    }
  }
}

// Accumulated sequentially in float32, these sums have an error of about 1e-5: four times what 'direct' and 'accurate' allow.
describe('long sums are within the bounds of', () => {
  afterEach(() => setConvolutionAlgorithm('fast'));

  it.each([1, 3, 8])('products with %i columns', (columns) => {
    const inner = 4_000_003;
    tf.tidy(() => {
      const a = randomTensor([1, inner], 1, 0, 2) as tf.Tensor2D;
      const b = randomTensor([inner, columns], 2, 0, 2) as tf.Tensor2D;
      const [first, second] = [a.dataSync(), b.dataSync()];
      const wanted = new Float64Array(columns);
      for (let k = 0; k < inner; k++) addOuter(wanted, 0, [first, k, 1], [second, k * columns, columns]);
      expectWithin(tf.matMul(a, b), wanted, 3e-6, 'plain');
      expectWithin(tf.matMul(tf.reshape(a, [inner, 1]), b, true), wanted, 3e-6, 'transposed');
    });
  });

  it('convolutions of 20 000 channels', () => {
    const [size, channels, outputs] = [8, 20_000, 8];
    tf.tidy(() => {
      const x = randomTensor([1, size, size, channels], 1) as tf.Tensor4D;
      const filter = randomTensor([3, 3, channels, outputs], 2) as tf.Tensor4D;
      const [pixels, weights] = [x.dataSync(), filter.dataSync()];
      const wanted = new Float64Array(size * size * outputs);
      forJoined(1, size, (input, output, tap) => {
        for (let c = 0; c < channels; c++)
          addOuter(
            wanted,
            output * outputs,
            [pixels, input * channels + c, 1],
            [weights, (tap * channels + c) * outputs, outputs],
          );
      });
      for (const [algorithm, bound] of BOUNDS) {
        setConvolutionAlgorithm(algorithm);
        expectWithin(tf.conv2d(x, filter, 1, 'same'), wanted, bound, algorithm);
      }
    });
  });

  it("filters' gradients over a quarter million pixels", () => {
    const [batch, size, channels] = [64, 64, 8];
    tf.tidy(() => {
      const x = randomTensor([batch, size, size, channels], 1) as tf.Tensor4D;
      const dy = randomTensor([batch, size, size, channels], 2) as tf.Tensor4D;
      const [pixels, gradients] = [x.dataSync(), dy.dataSync()];
      const wanted = new Float64Array(9 * channels * channels);
      forJoined(batch, size, (input, output, tap) =>
        addOuter(
          wanted,
          tap * channels * channels,
          [pixels, input * channels, channels],
          [gradients, output * channels, channels],
        ),
      );
      for (const [algorithm, bound] of BOUNDS) {
        setConvolutionAlgorithm(algorithm);
        const gradient = tf
          .engine()
          .runKernel(
            tf.Conv2DBackpropFilter,
            { x, dy },
            { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, channels, channels] },
          ) as tf.Tensor;
        expectWithin(gradient, wanted, bound, algorithm);
      }
    });
  });
});
