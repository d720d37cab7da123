import * as tf from '@tensorflow/tfjs-core';
import { at, build, map, type NdArray, nd, reduce, total, zip } from './nd-array.fixture.ts';
import { given, type Row, some } from './row.fixture.ts';

const EPSILON = Math.fround(0.01);

/** (x - mean) / sqrt(variance + epsilon) scale + offset, all broadcast to x. */
function normalized(x: NdArray, mean: NdArray, variance: NdArray, offset?: NdArray, scale?: NdArray): NdArray {
  const centered = zip(x, mean, (a, b) => a - b);
  const unit = zip(centered, variance, (a, v) => a / Math.sqrt(v + EPSILON));
  const scaled = scale ? zip(unit, scale, (a, b) => a * b) : unit;
  return offset ? zip(scaled, offset, (a, b) => a + b) : scaled;
}

const SHAPES = [
  [4, 3],
  [2, 4, 3],
  [2, 3, 2, 3],
] as const;
const batchNorms: Row[] = SHAPES.flatMap((shape) =>
  [
    ['both', true, true],
    ['no offset', false, true],
    ['no scale', true, false],
    ['neither', false, false],
  ].map(([form, withOffset, withScale]): Row => {
    const parts = (rest: readonly unknown[]) => ({
      offset: withOffset ? rest[0] : undefined,
      scale: withScale ? rest[withOffset ? 1 : 0] : undefined,
    });
    return {
      name: `batchNorm: rank ${shape.length}, ${form}`,
      inputs: [
        ...[some(shape), some([3], -1, 1, 2), some([3], 0.5, 2, 3)],
        ...(withOffset ? [some([3], -1, 1, 4)] : []),
        ...(withScale ? [some([3], 0.5, 2, 5)] : []),
      ],
      run: (x, mean, variance, ...rest) => {
        const { offset, scale } = parts(rest) as { offset?: tf.Tensor1D; scale?: tf.Tensor1D };
        return tf.batchNorm(x as tf.Tensor, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, EPSILON);
      },
      reference: (x, mean, variance, ...rest) => {
        const { offset, scale } = parts(rest) as { offset?: NdArray; scale?: NdArray };
        return normalized(x as NdArray, mean as NdArray, variance as NdArray, offset, scale);
      },
    };
  }),
);

const LRN = { radius: 1, bias: 1.5, alpha: 0.5, beta: 0.75 };

type Loss = readonly [
  name: string,
  run: (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor,
  (y: number, p: number) => number,
  from?: number,
  to?: number,
];
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const LOSSES: readonly Loss[] = [
  ['absoluteDifference', (y, p) => tf.losses.absoluteDifference(y, p), (y, p) => Math.abs(y - p)],
  ['meanSquaredError', (y, p) => tf.losses.meanSquaredError(y, p), (y, p) => (y - p) ** 2],
  ['hingeLoss', (y, p) => tf.losses.hingeLoss(y, p), (y, p) => Math.max(0, 1 - (2 * y - 1) * p)],
  [
    'huberLoss',
    (y, p) => tf.losses.huberLoss(y, p, undefined, 0.7),
    (y, p) => {
      const error = Math.abs(y - p);
      return error <= 0.7 ? 0.5 * error * error : 0.7 * error - 0.5 * 0.49;
    },
  ],
  [
    'logLoss',
    (y, p) => tf.losses.logLoss(y, p),
    (y, p) => -y * Math.log(p + 1e-7) - (1 - y) * Math.log(1 - p + 1e-7),
    0.1,
    0.9,
  ],
  ['sigmoidCrossEntropy', (y, p) => tf.losses.sigmoidCrossEntropy(y, p), (y, p) => softplus(p) - y * p],
];
const mean = (x: NdArray): NdArray => reduce(x, undefined, (values) => total(values) / values.length);
const labels = given([2, 3], [1, 0, 0, 0, 1, 1]);

function logSoftmax(x: NdArray): NdArray {
  const sums = reduce(map(x, Math.exp), [-1], total, true);
  return zip(x, sums, (a, sum) => a - Math.log(sum));
}

/** Normalizations and losses. */
export const normalizationRows: readonly Row[] = [
  ...batchNorms,
  {
    name: 'batchNorm: statistics per entry',
    inputs: [some([2, 2, 3]), some([1, 2, 3], -1, 1, 2), some([1, 2, 3], 0.5, 2, 3)],
    run: (x, m, v) => tf.batchNorm(x as tf.Tensor3D, m as tf.Tensor3D, v as tf.Tensor3D, undefined, undefined, EPSILON),
    reference: (x, m, v) => normalized(x as NdArray, m as NdArray, v as NdArray),
  },
  {
    name: 'localResponseNormalization: radius 1',
    inputs: [some([2, 2, 1, 5])],
    run: (x) => tf.localResponseNormalization(x as tf.Tensor4D, LRN.radius, LRN.bias, LRN.alpha, LRN.beta),
    reference: (x) =>
      build(x?.shape ?? [], (...index) => {
        const c = index.at(-1) ?? 0;
        const near = [-1, 0, 1].map((d) => at(x as NdArray, index.with(-1, c + d)) ** 2);
        return at(x as NdArray, index) / (LRN.bias + LRN.alpha * total(near)) ** LRN.beta;
      }),
  },
  ...LOSSES.map(
    ([name, run, f, from, to]): Row => ({
      name: `losses.${name}: a mean`,
      inputs: [labels, some([2, 3], from, to)],
      by: [1],
      run: (y, p) => run(y as tf.Tensor, p as tf.Tensor),
      reference: (y, p) => mean(zip(y as NdArray, p as NdArray, f)),
    }),
  ),
  {
    name: 'losses.sigmoidCrossEntropy: at zero',
    inputs: [given([2], [1, 0]), given([2], [0, 0])],
    by: [1],
    run: (y, p) => tf.losses.sigmoidCrossEntropy(y as tf.Tensor, p as tf.Tensor),
    reference: () => nd([], [Math.log(2)]),
    gradients: [[-0.25, 0.25]],
  },
  {
    name: 'losses.softmaxCrossEntropy: a mean',
    inputs: [given([2, 3], [1, 0, 0, 0, 0, 1]), some([2, 3])],
    by: [1],
    run: (y, p) => tf.losses.softmaxCrossEntropy(y as tf.Tensor, p as tf.Tensor),
    reference: (y, p) =>
      mean(
        reduce(
          zip(y as NdArray, logSoftmax(p as NdArray), (a, b) => -a * b),
          [1],
          total,
        ),
      ),
  },
  {
    name: 'losses.cosineDistance: by rows',
    inputs: [some([2, 3]), some([2, 3], -1, 1, 4)],
    run: (a, b) => tf.losses.cosineDistance(a as tf.Tensor, b as tf.Tensor, 1),
    reference: (a, b) =>
      mean(
        reduce(
          zip(a as NdArray, b as NdArray, (x, y) => x * y),
          [1],
          (v) => 1 - total(v),
        ),
      ),
  },
];
