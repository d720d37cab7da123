import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConvolutionAlgorithm, setConvolutionAlgorithm } from '../convolution-algorithm.ts';
import { randomTensor } from '../expect-as-on-cpu.fixture.ts';

/** One value at one position of one channel, at the corner or inside. */
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38];
const PLACES = [
  [0, 0, 0, 0],
  [1, 5, 6, 3],
] as const;

const SHAPE: [number, number, number, number] = [2, 12, 13, 24];

function withOdd(value: number, place: readonly number[]): tf.Tensor4D {
  const random = randomTensor(SHAPE, 1);
  const values = random.dataSync() as Float32Array;
  random.dispose();
  const [n = 0, i = 0, j = 0, c = 0] = place;
  values[((n * SHAPE[1] + i) * SHAPE[2] + j) * SHAPE[3] + c] = value;
  return tf.tensor4d(values, SHAPE);
}

/** The passes of a convolution of 24 channels to 40 that take the modified tensor as their input. */
function passes(odd: tf.Tensor4D, stride: number, pad: 'same' | 'valid'): Record<string, number[]> {
  return tf.tidy(() => {
    const filter = randomTensor([3, 3, 24, 40], 2, -0.5, 0.5) as tf.Tensor4D;
    const turned = randomTensor([3, 3, 40, 24], 3, -0.5, 0.5) as tf.Tensor4D;
    const y = tf.conv2d(odd, filter, stride, pad);
    const size = [SHAPE[1], SHAPE[2]].map((length) => (pad === 'same' ? length * stride : (length - 1) * stride + 3));
    const transposed = tf.conv2dTranspose(odd, turned, [2, size[0] ?? 0, size[1] ?? 0, 40], stride, pad);
    const dy = randomTensor(y.shape, 4) as tf.Tensor4D;
    const byFilter = tf
      .engine()
      .runKernel(
        'Conv2DBackpropFilter',
        { x: odd, dy },
        { strides: [stride, stride], pad, dataFormat: 'NHWC', filterShape: [3, 3, 24, 40] },
      ) as tf.Tensor;
    const fused = tf.fused.conv2d({ x: odd, filter, strides: stride, pad, bias: tf.ones([40]), activation: 'relu' });
    return Object.fromEntries(
      Object.entries({ y, transposed, byFilter, fused }).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]),
    );
  });
}

describe('convolutions of NaN, infinities and values that overflow', () => {
  afterEach(() => setConvolutionAlgorithm('fast'));

  it.each(['fast', 'accurate'] satisfies ConvolutionAlgorithm[])(
    '%s: outputs that do not depend on the value are as without Winograd',
    (algorithm) => {
      const before = tf.memory().numTensors;
      for (const stride of [1, 2]) {
        for (const pad of ['same', 'valid'] as const) {
          for (const value of ODD) {
            for (const place of PLACES) {
              const odd = withOdd(value, place);
              setConvolutionAlgorithm('direct');
              const wanted = passes(odd, stride, pad);
              setConvolutionAlgorithm(algorithm);
              const got = passes(odd, stride, pad);
              odd.dispose();
              const where = `${value} at ${place}, stride ${stride}, ${pad}`;
              for (const [name, values] of Object.entries(wanted))
                expectSame(got[name] ?? [], values, `${name}: ${where}`);
            }
          }
        }
      }
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

/**
 * The same NaN and infinities, large values within 1e-6 of the largest, all others within 1e-4 because no large value enters
 * their sums.
 */
function expectSame(got: readonly number[], wanted: readonly number[], where: string): void {
  const wrong = wanted.filter((value, i) => {
    const other = got[i] ?? Number.NaN;
    if (!Number.isFinite(value)) return !Object.is(other, value);
    return !(Math.abs(other - value) <= (Math.abs(value) > 1e30 ? 1e-6 * 3e38 : 1e-3));
  });
  expect(wrong.slice(0, 5), `${where}: ${wrong.length} wrong`).toEqual([]);
}
