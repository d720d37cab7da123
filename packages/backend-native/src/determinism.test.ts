import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { setConvolutionAlgorithm } from './convolution-algorithm.ts';
import { randomTensor } from './expect-as-on-cpu.fixture.ts';
import { NativeBackend } from './native-backend.ts';
import { getThreads, setThreads } from './set-threads.ts';

/** Large enough that each kernel has work for several threads. */
function everything(): Float32Array[] {
  return tf.tidy(() => {
    const x = randomTensor([6, 19, 17, 33], 1) as tf.Tensor4D;
    const filter = randomTensor([3, 3, 33, 40], 2) as tf.Tensor4D;
    const strided = randomTensor([3, 3, 33, 21], 3) as tf.Tensor4D;
    const pointwise = randomTensor([1, 1, 33, 70], 4) as tf.Tensor4D;
    const [gamma, beta] = [randomTensor([33], 5), randomTensor([33], 6)];
    const convolutions = [
      (image: tf.Tensor, weights: tf.Tensor) => tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, 1, 'same'),
      (image: tf.Tensor, weights: tf.Tensor) => tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, 2, 'same'),
    ] as const;
    const ofConvolution = (convolve: (typeof convolutions)[number], weights: tf.Tensor) => {
      const y = convolve(x, weights);
      const dy = randomTensor(y.shape, 7);
      return [y, ...tf.grads((image, kernel) => tf.sum(tf.mul(dy, convolve(image, kernel))))([x, weights])];
    };
    const normal = tf
      .engine()
      .runKernel('StBatchNorm', { x, gamma, beta, residual: x }, { epsilon: 1e-5, activation: 'relu' }) as tf.Tensor[];
    const [y, mean, variance] = normal as [tf.Tensor, tf.Tensor, tf.Tensor];
    const gradient = tf
      .engine()
      .runKernel(
        'StBatchNormGrad',
        { dy: x, x, y, mean, variance, gamma, beta },
        { epsilon: 1e-5, activation: 'relu', residual: true },
      ) as tf.Tensor[];
    const matrix = tf.reshape(x, [-1, 33]);
    const all = [
      ...ofConvolution(convolutions[0], filter),
      ...ofConvolution(convolutions[1], strided),
      ...ofConvolution(convolutions[0], pointwise),
      ...normal,
      ...gradient,
      ...[tf.sum(x), tf.sum(x, [0, 1, 2]), tf.mean(x, [1, 2]), tf.sum(x, 3), tf.prod(x, 0), tf.max(x)],
      tf.softmax(matrix),
      tf.matMul(matrix, matrix, true, false),
      tf.exp(x),
      tf.mul(x, gamma),
      tf.transpose(x, [3, 1, 0, 2]),
      tf.avgPool(x, 3, 2, 'same'),
    ];
    return all.map((tensor) => tensor.dataSync() as Float32Array);
  });
}

const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const isEqual = (a: Float32Array, b: Float32Array | undefined) => b !== undefined && bytes(a).equals(bytes(b));

/** The threads of the back end under test: native's or WebAssembly's. */
function addon() {
  const backend = tf.backend();
  if (!(backend instanceof NativeBackend)) throw new Error(`not one of our back ends: ${tf.getBackend()}`);
  return backend.addon;
}

describe('results', () => {
  const threads = addon().getThreads();
  afterEach(() => {
    addon().setThreads(threads);
    setConvolutionAlgorithm('fast');
  });

  it.each(['fast', 'accurate', 'direct'] as const)(
    'are the same bits for 1, 2, 3 and 7 threads, and again (%s)',
    (algorithm) => {
      setConvolutionAlgorithm(algorithm);
      addon().setThreads(1);
      const alone = everything();
      for (const count of [2, 3, 7, 2]) {
        addon().setThreads(count);
        expect(addon().getThreads()).toBe(count);
        for (const [i, values] of everything().entries())
          expect(isEqual(values, alone[i]), `result ${i} with ${count} threads`).toBe(true);
      }
    },
  );
});

describe.runIf(tf.getBackend() === 'native')('setThreads', () => {
  it('accepts 0 for one thread a core, and rejects invalid numbers', () => {
    const before = getThreads();
    setThreads(0);
    expect(getThreads()).toBeGreaterThanOrEqual(1);
    for (const count of [-1, 65, 1.5, Number.NaN])
      expect(() => setThreads(count)).toThrow(`count must be an integer in [0, 64], 0 for one a core, got ${count}`);
    setThreads(before);
  });
});

describe('setConvolutionAlgorithm', () => {
  it('rejects an unknown algorithm', () => {
    expect(() => setConvolutionAlgorithm('winograd' as never)).toThrow(
      "algorithm must be 'fast', 'accurate' or 'direct', got 'winograd'.",
    );
  });
});
