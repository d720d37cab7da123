import * as tf from '@tensorflow/tfjs-core';
import { at, build, type NdArray } from './nd-array.fixture.ts';
import { type Row, some } from './row.fixture.ts';

/** Stacks real and imaginary parts along a last axis: [..., 2]. */
const pair = (z: tf.Tensor): tf.Tensor => tf.stack([tf.real(z), tf.imag(z)], z.rank);

/** scale sum over t of x[t] exp(sign 2 pi i k t / n), for x of [rows, n, 2]; the first `out` frequencies k. */
function transform(x: NdArray, sign: 1 | -1, scale: number, out?: number): NdArray {
  const [rows = 0, n = 0] = x.shape;
  return build([rows, out ?? n, 2], (row = 0, k = 0, part = 0) => {
    let sum = 0;
    for (let t = 0; t < n; t++) {
      const angle = (sign * 2 * Math.PI * k * t) / n;
      const [re, im] = [at(x, [row, t, 0]), at(x, [row, t, 1])];
      sum += part === 0 ? re * Math.cos(angle) - im * Math.sin(angle) : re * Math.sin(angle) + im * Math.cos(angle);
    }
    return sum * scale;
  });
}

const complexOf = (re: NdArray, im?: NdArray): NdArray =>
  build([...re.shape, 2], (...index) => {
    const source = index.at(-1) === 0 ? re : im;
    return source ? at(source, index.slice(0, -1)) : 0;
  });
const hamming = (i: number, n: number): number =>
  0.54 - 0.46 * Math.cos((2 * Math.PI * i) / (n + (n % 2 === 0 ? 0 : -1)));
const hann = (i: number, n: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (n + (n % 2 === 0 ? 0 : -1)));

/** Orthonormalizes the rows: subtracts from each its projections onto the rows before it, then normalizes it. */
function gramSchmidt(x: NdArray): NdArray {
  const [rows = 0, columns = 0] = x.shape;
  const done: number[][] = [];
  for (let i = 0; i < rows; i++) {
    const own = Array.from({ length: columns }, (_, j) => at(x, [i, j]));
    const rest = done.reduce((left, other) => {
      const along = left.reduce((sum, value, j) => sum + value * (other[j] ?? 0), 0);
      return left.map((value, j) => value - along * (other[j] ?? 0));
    }, own);
    const length = Math.hypot(...rest);
    done.push(rest.map((value) => value / length));
  }
  return build([rows, columns], (i = 0, j = 0) => done[i]?.[j] ?? 0);
}

const FOURIER: readonly Row[] = [
  {
    name: 'spectral.fft: two rows',
    inputs: [some([2, 4]), some([2, 4], -1, 1, 3)],
    run: (re, im) => pair(tf.fft(tf.complex(re as tf.Tensor, im as tf.Tensor))),
    reference: (re, im) => transform(complexOf(re as NdArray, im), -1, 1),
  },
  {
    name: 'spectral.ifft: two rows of 5',
    inputs: [some([2, 5]), some([2, 5], -1, 1, 3)],
    run: (re, im) => pair(tf.ifft(tf.complex(re as tf.Tensor, im as tf.Tensor))),
    reference: (re, im) => transform(complexOf(re as NdArray, im), 1, 1 / 5),
  },
  {
    name: 'spectral.rfft: two rows',
    inputs: [some([2, 4])],
    run: (x) => pair(tf.spectral.rfft(x as tf.Tensor)),
    reference: (x) => transform(complexOf(x as NdArray), -1, 1, 3),
  },
  {
    name: 'spectral.rfft: the absolute value, cut to 2',
    inputs: [some([1, 4])],
    run: (x) => tf.abs(tf.spectral.rfft(x as tf.Tensor, 2)),
    reference: (x) => {
      const y = transform(complexOf(build([1, 2], (i = 0, j = 0) => at(x as NdArray, [i, j]))), -1, 1, 2);
      return build([1, 2], (i = 0, j = 0) => Math.hypot(at(y, [i, j, 0]), at(y, [i, j, 1])));
    },
  },
  {
    name: 'spectral.irfft: of an rfft, squared',
    inputs: [some([2, 4])],
    run: (x) => tf.square(tf.spectral.irfft(tf.spectral.rfft(x as tf.Tensor))),
    reference: (x) => build([2, 4], (i = 0, j = 0) => at(x as NdArray, [i, j]) ** 2),
  },
  {
    name: 'signal.stft: the absolute value, frames of 4 every 2',
    inputs: [some([8])],
    run: (x) => tf.abs(tf.signal.stft(x as tf.Tensor1D, 4, 2)),
    reference: (x) => {
      const frames = build([3, 4], (i = 0, j = 0) => at(x as NdArray, [2 * i + j]) * hann(j, 4));
      const y = transform(complexOf(frames), -1, 1, 3);
      return build([3, 3], (i = 0, j = 0) => Math.hypot(at(y, [i, j, 0]), at(y, [i, j, 1])));
    },
    // tfjs computes the cosines of the window in float32
    bound: 1e-4,
  },
  {
    name: 'complex: the absolute value of a product',
    inputs: [some([3]), some([3], -1, 1, 3)],
    run: (a, b) => {
      const z = tf.complex(a as tf.Tensor, b as tf.Tensor);
      return tf.abs(tf.mul(z, z));
    },
    reference: (a, b) => build([3], (i = 0) => at(a as NdArray, [i]) ** 2 + at(b as NdArray, [i]) ** 2),
  },
];

/** Windows, Fourier transforms, and decompositions of matrices. */
export const signalRows: readonly Row[] = [
  ...FOURIER,
  {
    name: 'signal.hammingWindow: as a weight',
    inputs: [some([6])],
    run: (x) => tf.mul(x as tf.Tensor, tf.signal.hammingWindow(6)),
    reference: (x) => build([6], (i = 0) => at(x as NdArray, [i]) * hamming(i, 6)),
  },
  {
    name: 'linalg.gramSchmidt: three rows',
    inputs: [some([3, 4])],
    run: (x) => tf.linalg.gramSchmidt(x as tf.Tensor2D) as tf.Tensor,
    reference: (x) => gramSchmidt(x as NdArray),
    // three successive subtractions of nearly equal numbers
    bound: 3e-4,
  },
  {
    name: 'linalg.qr: the product of its factors',
    inputs: [some([3, 2])],
    run: (x) => {
      const [q, r] = tf.linalg.qr(x as tf.Tensor);
      return tf.square(tf.matMul(q, r));
    },
    reference: (x) => build([3, 2], (i = 0, j = 0) => at(x as NdArray, [i, j]) ** 2),
    bound: 3e-4, // as above
  },
  {
    name: 'linalg.qr: the squares of the triangle',
    inputs: [some([3, 2])],
    run: (x) => tf.square(tf.linalg.qr(x as tf.Tensor)[1]),
    reference: (x) => {
      const rows = gramSchmidt(build([2, 3], (j = 0, i = 0) => at(x as NdArray, [i, j])));
      const along = (k: number, j: number) =>
        [0, 1, 2].reduce((sum, i) => sum + at(rows, [k, i]) * at(x as NdArray, [i, j]), 0);
      return build([2, 2], (k = 0, j = 0) => (k <= j ? along(k, j) ** 2 : 0));
    },
    bound: 3e-4, // as above
  },
];
