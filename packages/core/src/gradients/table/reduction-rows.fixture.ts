import * as tf from '@tensorflow/tfjs-core';
import { at, build, map, type NdArray, nd, reduce, total } from './nd-array.fixture.ts';
import { given, type Input, type Row, some } from './row.fixture.ts';

type Reduction = readonly [
  name: string,
  run: (x: tf.Tensor, axis?: number[], keep?: boolean) => tf.Tensor,
  (x: number[]) => number,
];

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);
const mean = (values: readonly number[]): number => total(values) / values.length;
const variance = (values: readonly number[]): number => mean(values.map((v) => (v - mean(values)) ** 2));
const logSumExp = (values: readonly number[]): number => {
  const largest = Math.max(...values);
  return largest + Math.log(total(values.map((v) => Math.exp(v - largest))));
};

const REDUCTIONS: readonly Reduction[] = [
  ['sum', (x, axis, keep) => tf.sum(x, axis, keep), total],
  ['mean', (x, axis, keep) => tf.mean(x, axis, keep), mean],
  ['max', (x, axis, keep) => tf.max(x, axis, keep), (v) => Math.max(...v)],
  ['min', (x, axis, keep) => tf.min(x, axis, keep), (v) => Math.min(...v)],
  ['prod', (x, axis, keep) => tf.prod(x, axis, keep), product],
  ['logSumExp', (x, axis, keep) => tf.logSumExp(x, axis, keep), logSumExp],
  ['moments: variance', (x, axis, keep) => tf.moments(x, axis, keep).variance, variance],
];

const FORMS: readonly (readonly [form: string, shape: readonly number[], axes?: readonly number[], keep?: boolean])[] =
  [
    ['all of rank 3', [2, 3, 2]],
    ['a vector', [5]],
    ['the first axis', [3, 4], [0]],
    ['the last axis', [3, 4], [-1]],
    ['the middle axis, kept', [2, 3, 2], [1], true],
    ['two axes apart', [2, 3, 2], [0, 2]],
    ['two axes of rank 4, kept', [2, 2, 3, 2], [1, 2], true],
    ['an axis of length 1', [3, 1, 2], [1]],
  ];

const reductions: Row[] = REDUCTIONS.flatMap(([name, run, f]) =>
  FORMS.map(([form, shape, axes, keep]) => ({
    name: `${name}${name.includes(':') ? ', ' : ': '}${form}`,
    inputs: [some(shape)],
    run: (x) => run(x as tf.Tensor, axes && [...axes], keep),
    reference: (x) => reduce(x as NdArray, axes, f, keep),
  })),
);

const euclidean = (values: readonly number[]): number => Math.hypot(...values);
type Norm = readonly [
  form: string,
  ord: number | 'euclidean' | 'fro',
  axis: number | number[] | undefined,
  (x: NdArray) => NdArray,
];
const NORMS: readonly Norm[] = [
  ['1, all', 1, undefined, (x) => reduce(x, undefined, (v) => total(v.map(Math.abs)))],
  ['2, all', 2, undefined, (x) => reduce(x, undefined, euclidean)],
  ['euclidean, rows', 'euclidean', 1, (x) => reduce(x, [1], euclidean)],
  ['infinity, columns', Number.POSITIVE_INFINITY, 0, (x) => reduce(x, [0], (v) => Math.max(...v.map(Math.abs)))],
  ['-infinity, rows', Number.NEGATIVE_INFINITY, 1, (x) => reduce(x, [1], (v) => Math.min(...v.map(Math.abs)))],
  ['fro, both axes', 'fro', [0, 1], (x) => reduce(x, [0, 1], euclidean)],
];
const norms: Row[] = NORMS.map(([form, ord, axis, reference]) => ({
  name: `norm: ${form}`,
  inputs: [some([3, 4])],
  run: (x) => tf.norm(x as tf.Tensor, ord, axis),
  reference: (x) => reference(x as NdArray),
}));

/** The cumulative product or sum along an axis. */
function scan(
  x: NdArray,
  axis: number,
  exclusive: boolean,
  reverse: boolean,
  f: (values: number[]) => number,
): NdArray {
  const length = x.shape[axis] ?? 0;
  return build(x.shape, (...index) => {
    const here = index[axis] ?? 0;
    const before = Array.from({ length }, (_, i) => i).filter((i) =>
      reverse ? (exclusive ? i > here : i >= here) : exclusive ? i < here : i <= here,
    );
    return f(before.map((i) => at(x, index.with(axis, i))));
  });
}

const scans: Row[] = [['cumsum', tf.cumsum, total] as const, ['cumprod', tf.cumprod, product] as const].flatMap(
  ([name, run, f]) =>
    [0, 1, 2].flatMap((axis) =>
      [false, true].flatMap((exclusive) =>
        [false, true].map((reverse) => ({
          name: `${name}: axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
          inputs: [some([2, 3, 5])],
          run: (x: tf.Tensor | undefined) => run(x as tf.Tensor, axis, exclusive, reverse),
          reference: (x: NdArray | undefined) => scan(x as NdArray, axis, exclusive, reverse, f),
        })),
      ),
    ),
);

const withZeros: Input = given([2, 4], [1, 0, 2, 3, 0, 2, 0, 4]);

/** Reductions, norms, and cumulative sums and products. */
export const reductionRows: readonly Row[] = [
  ...reductions,
  ...norms,
  ...scans,
  {
    name: 'max: at a tie',
    inputs: [given([2, 3], [1, 1, 0, 2, 2, 2])],
    run: (x) => tf.max(x as tf.Tensor, 1),
    reference: (x) => reduce(x as NdArray, [1], (v) => Math.max(...v)),
    gradients: [[0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3]],
  },
  {
    name: 'min: at a tie',
    inputs: [given([4], [1, 0, 0, 2])],
    run: (x) => tf.min(x as tf.Tensor),
    reference: (x) => reduce(x as NdArray, undefined, (v) => Math.min(...v)),
    gradients: [[0, 0.5, 0.5, 0]],
  },
  {
    name: 'prod: with zeros',
    inputs: [withZeros],
    run: (x) => tf.prod(x as tf.Tensor, 1),
    reference: (x) => reduce(x as NdArray, [1], product),
  },
  {
    name: 'cumprod: with zeros',
    inputs: [withZeros],
    run: (x) => tf.cumprod(x as tf.Tensor, 1),
    reference: (x) => scan(x as NdArray, 1, false, false, product),
  },
  ...([1, 2, 'euclidean'] as const).map(
    (ord): Row => ({
      name: `norm: ${ord}, at zero`,
      inputs: [given([3], [0, 0, 0])],
      run: (x) => tf.norm(x as tf.Tensor, ord),
      reference: () => nd([], [0]),
      gradients: [[0, 0, 0]],
    }),
  ),
  {
    name: 'norm: euclidean, one row of two at zero',
    inputs: [given([2, 2], [0, 0, 3, 4])],
    run: (x) => tf.norm(x as tf.Tensor, 'euclidean', 1),
    reference: (x) => reduce(x as NdArray, [1], euclidean),
    gradients: [[0, 0, 0.6, 0.8]],
  },
  {
    name: 'logSumExp: of large values',
    inputs: [given([3], [500, 499, 100])],
    run: (x) => tf.logSumExp(x as tf.Tensor),
    reference: (x) => reduce(x as NdArray, undefined, logSumExp),
  },
  {
    name: 'softmax: rank 3',
    inputs: [some([2, 3, 4])],
    run: (x) => tf.softmax(x as tf.Tensor),
    reference: (x) => softmax(x as NdArray),
  },
  {
    name: 'logSoftmax: rank 2',
    inputs: [some([3, 4])],
    run: (x) => tf.logSoftmax(x as tf.Tensor),
    reference: (x) => map(softmax(x as NdArray), Math.log),
  },
  {
    name: 'topk: three of five',
    inputs: [some([2, 2, 5])],
    run: (x) => tf.topk(x as tf.Tensor, 3).values,
    reference: (x) => {
      const rows = (i: number, j: number) =>
        [0, 1, 2, 3, 4].map((k) => at(x as NdArray, [i, j, k])).sort((a, b) => b - a);
      return build([2, 2, 3], (i, j, k) => rows(i ?? 0, j ?? 0)[k ?? 0] ?? 0);
    },
  },
];

function softmax(x: NdArray): NdArray {
  const sums = reduce(map(x, Math.exp), [-1], total, true);
  return build(x.shape, (...index) => Math.exp(at(x, index)) / at(sums, index.with(-1, 0)));
}
