import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';

const NAN = Number.NaN;
const INFINITY = Number.POSITIVE_INFINITY;

/** Rows with NaN first, last, inside and everywhere; with infinities of one sign, of both, and tied. */
const ROWS: readonly (readonly number[])[] = [
  [NAN, 1, 2, 3],
  [1, 2, 3, NAN],
  [1, NAN, 3, 2],
  [NAN, NAN, NAN, NAN],
  [INFINITY, 1, 2, 3],
  [-INFINITY, 1, 2, 3],
  [INFINITY, 1, -INFINITY, 3],
  [-INFINITY, -INFINITY, -INFINITY, -INFINITY],
  [INFINITY, INFINITY, INFINITY, INFINITY],
  [-5, -4, -3, -9],
];

/** Two bit patterns of NaN in float32. Processors set the sign bit of a NaN that they generate, such as infinity - infinity. */
const SIGN_BITS = { NaN: 0x7fc00000, 'NaN with its sign bit set': 0xffc00000 } as const;

/** A tensor of the values, in which NaN has these bits. */
function tensorOf(values: readonly number[], shape: readonly number[], bits: number): tf.Tensor {
  const floats = Float32Array.from(values);
  const words = new Uint32Array(floats.buffer);
  for (const [i, value] of values.entries()) if (Number.isNaN(value)) words[i] = bits;
  return tf.tensor(floats, [...shape], 'float32');
}

const FLAT = ROWS.flat();
const leftOut = (row: readonly number[]): number[] => row.filter((value) => !Number.isNaN(value));
const total = (row: readonly number[]): number => row.reduce((sum, value) => sum + value, 0);

/** The indices of the k largest: equal values by index, NaN last. */
const topPlaces = (row: readonly number[], k: number): number[] => {
  const key = (i: number): number => (Number.isNaN(row[i]) ? 2 : 1);
  const before = (a: number, b: number): number => key(a) - key(b) || Number((row[b] ?? 0) > (row[a] ?? 0)) - Number((row[a] ?? 0) > (row[b] ?? 0)) || a - b; // biome-ignore format: one order
  return [...row.keys()].sort(before).slice(0, k);
};

/** log(sum(exp)); for infinities its limit. */
function logSumExp(row: readonly number[]): number {
  const top = Math.max(...row);
  return Math.abs(top) === INFINITY ? top : top + Math.log(total(row.map((value) => Math.exp(value - top))));
}

function softmax(row: readonly number[]): number[] {
  const top = Math.max(...row);
  const sum = total(row.map((value) => Math.exp(value - top)));
  return row.map((value) => Math.exp(value - top) / sum);
}

type OfRow = readonly [
  op: (x: tf.Tensor2D) => tf.Tensor | tf.Tensor[],
  ...references: ((row: number[]) => number | number[])[],
];

const OF_ROWS: Readonly<Record<string, OfRow>> = {
  // arg_max_test.ts and arg_min_test.ts of tfjs-core: 'ignores NaNs'
  'argMax leaves NaN out': [(x) => tf.argMax(x, 1), (row) => Math.max(0, row.indexOf(Math.max(...leftOut(row))))],
  'argMin leaves NaN out': [(x) => tf.argMin(x, 1), (row) => Math.max(0, row.indexOf(Math.min(...leftOut(row))))],
  // max_pool_test.ts: 'ignores NaNs'
  'maxPool leaves NaN out': [(x) => tf.maxPool(tf.reshape(x, [10, 2, 2, 1]) as tf.Tensor4D, 2, 2, 'valid'), (row) => Math.max(...leftOut(row))],
  'maxPool3d leaves NaN out': [(x) => tf.maxPool3d(tf.reshape(x, [10, 1, 2, 2, 1]) as tf.Tensor5D, [1, 2, 2], 2, 'valid'), (row) => Math.max(...leftOut(row))],
  avgPool: [(x) => tf.avgPool(tf.reshape(x, [10, 2, 2, 1]) as tf.Tensor4D, 2, 2, 'valid'), (row) => total(row) / 4],
  avgPool3d: [(x) => tf.avgPool3d(tf.reshape(x, [10, 1, 2, 2, 1]) as tf.Tensor5D, [1, 2, 2], 2, 'valid'), (row) => total(row) / 4],
  'topk of 2': [(x) => Object.values(tf.topk(x, 2)) as tf.Tensor[], (row) => topPlaces(row, 2).map((i) => row[i] ?? 0), (row) => topPlaces(row, 2)],
  'topk of all': [(x) => Object.values(tf.topk(x, 4)) as tf.Tensor[], (row) => topPlaces(row, 4).map((i) => row[i] ?? 0), (row) => topPlaces(row, 4)],
  logSumExp: [(x) => tf.logSumExp(x, 1), logSumExp],
  'logSumExp with its axis kept': [(x) => tf.logSumExp(x, 1, true), logSumExp],
  softmax: [(x) => tf.softmax(x), softmax],
  logSoftmax: [(x) => tf.logSoftmax(x), (row) => row.map((value) => value - Math.max(...row) - Math.log(total(row.map((other) => Math.exp(other - Math.max(...row))))))],
  mean: [(x) => tf.mean(x, 1), (row) => total(row) / 4],
  prod: [(x) => tf.prod(x, 1), (row) => row.reduce((product, value) => product * value, 1)],
  max: [(x) => tf.max(x, 1), (row) => Math.max(...row)],
  min: [(x) => tf.min(x, 1), (row) => Math.min(...row)],
  cumsum: [(x) => tf.cumsum(x, 1), (row) => row.map((_, i) => total(row.slice(0, i + 1)))],
  cumprod: [(x) => tf.cumprod(x, 1), (row) => row.map((_, i) => row.slice(0, i + 1).reduce((product, value) => product * value, 1))],
  norm: [(x) => tf.norm(x, 'euclidean', 1), (row) => Math.hypot(...row) * (row.some(Number.isNaN) ? NAN : 1)],
  any: [(x) => tf.any(tf.cast(x, 'bool'), 1), () => 1],
  all: [(x) => tf.all(tf.cast(tf.isFinite(x), 'bool'), 1), (row) => Number(row.every(Number.isFinite))],
  isNaN: [(x) => tf.isNaN(x), (row) => row.map((value) => Number(Number.isNaN(value)))],
  where: [(x) => tf.where(tf.isNaN(x), tf.zerosLike(x), x), (row) => row.map((value) => (Number.isNaN(value) ? 0 : value))],
  relu: [(x) => tf.relu(x), (row) => row.map((value) => Math.max(0, value))],
  relu6: [(x) => tf.relu6(x), (row) => row.map((value) => Math.min(6, Math.max(0, value)))],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.5), (row) => row.map((value) => (value < 0 ? value / 2 : value))],
  elu: [(x) => tf.elu(x), (row) => row.map((value) => (value < 0 ? Math.expm1(value) : value))],
  prelu: [(x) => tf.prelu<tf.Tensor>(x, tf.tensor1d([0.5, 0.5, 0.5, 0.5])), (row) => row.map((value) => (value < 0 ? value / 2 : value))],
  clipByValue: [(x) => tf.clipByValue(x, -1, 2), (row) => row.map((value) => Math.min(2, Math.max(-1, value)))],
  // sign_test.ts: 'does not propagate NaNs'
  'sign of NaN is 0': [(x) => tf.sign(x), (row) => row.map((value) => (Number.isNaN(value) ? 0 : Math.sign(value)))],
  maximum: [(x) => tf.maximum(x, 2), (row) => row.map((value) => Math.max(2, value))],
  minimum: [(x) => tf.minimum(2, x), (row) => row.map((value) => Math.min(2, value))],
  floorDiv: [(x) => tf.floorDiv(x, 2), (row) => row.map((value) => Math.floor(value / 2))],
  'unsortedSegmentSum, one segment each': [(x) => tf.unsortedSegmentSum(x, tf.range(0, 10, 1, 'int32') as tf.Tensor1D, 10), (row) => row],
  'batchNorm': [(x) => tf.batchNorm2d(x, tf.tensor1d([1, 1, 1, 1]), tf.tensor1d([4, 4, 4, 4]), undefined, undefined, 0), (row) => row.map((value) => (value - 1) / 2)],
  resizeNearestNeighbor: [(x) => tf.image.resizeNearestNeighbor(tf.reshape(x, [10, 2, 2, 1]) as tf.Tensor4D, [2, 2]), (row) => row],
}; // biome-ignore format: an op a line

const shaped = (y: readonly (number | number[])[], like: Wanted['shape']): Wanted => wanted(y.flat(), undefined, like);

describe('NaN and infinities', () => {
  testForward(
    Object.entries(SIGN_BITS).flatMap(([which, bits]): ForwardCase[] => [
      ...Object.entries(OF_ROWS).map(([name, [op, ...references]]): ForwardCase => {
        const flat = (): tf.Tensor[] => [op(tensorOf(FLAT, [10, 4], bits) as tf.Tensor2D)].flat().map((y) => tf.reshape(y, [-1])); // biome-ignore format: one thought
        const each = references.map((reference) => ROWS.map((row) => reference([...row])));
        return [`${name}: ${which}`, flat, ...each.map((y) => shaped(y, [y.flat().length]))];
      }),
      ...fusedCases(which, bits),
    ]),
  );
});

const ACTIVATIONS: readonly (readonly [tf.fused.Activation, (x: number) => number])[] = [
  ['relu', (x) => Math.max(0, x)],
  ['relu6', (x) => Math.min(6, Math.max(0, x))],
  ['elu', (x) => (x < 0 ? Math.expm1(x) : x)],
  ['leakyrelu', (x) => (x < 0 ? x / 4 : x)],
  ['prelu', (x) => (x < 0 ? x / 4 : x)],
  ['sigmoid', (x) => 1 / (1 + Math.exp(-x))],
];

/** Sums of two entries: with a NaN, with a NaN that results from infinities, and without. */
function fusedCases(which: string, bits: number): ForwardCase[] {
  const pairs = [[NAN, -3], [-3, 5], [INFINITY, -INFINITY], [-INFINITY, 0], [INFINITY, 1]]; // biome-ignore format: one row
  return ACTIVATIONS.flatMap(([activation, f]): ForwardCase[] => {
    const more = () => ({
      activation,
      leakyreluAlpha: 0.25,
      ...(activation === 'prelu' && { preluActivationWeights: tf.tensor1d([0.25]) }),
    });
    const values = pairs.map((pair) => f(total(pair)));
    const strided = { strides: [1, 2] as [number, number], pad: 'valid' as const };
    const x = (shape: readonly number[]): tf.Tensor => tensorOf(pairs.flat(), shape, bits);
    return [
      [
        `fused.conv2d with ${activation}: ${which}`,
        () =>
          tf.fused.conv2d({ x: x([1, 1, 10, 1]) as tf.Tensor4D, filter: tf.ones([1, 2, 1, 1]), ...strided, ...more() }),
        wanted(values, 'float32', [1, 1, 5, 1]),
      ],
      [
        `fused.conv2d of one pixel with ${activation}: ${which}`,
        () =>
          tf.fused.conv2d({
            x: x([1, 1, 5, 2]) as tf.Tensor4D,
            filter: tf.ones([1, 1, 2, 1]),
            ...strided,
            strides: 1,
            ...more(),
          }),
        wanted(values, 'float32', [1, 1, 5, 1]),
      ],
      [
        `fused.depthwiseConv2d with ${activation}: ${which}`,
        () =>
          tf.fused.depthwiseConv2d({
            x: x([1, 1, 10, 1]) as tf.Tensor4D,
            filter: tf.ones([1, 2, 1, 1]),
            ...strided,
            ...more(),
          }),
        wanted(values, 'float32', [1, 1, 5, 1]),
      ],
      [
        `fused.matMul with ${activation}: ${which}`,
        () => tf.fused.matMul({ a: x([5, 2]), b: tf.ones([2, 1]), ...more() }),
        wanted(values, 'float32', [5, 1]),
      ],
    ];
  });
}
