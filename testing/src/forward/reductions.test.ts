import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';
import { integers, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';
import { reduced, total } from './reduced.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

type Reduction = readonly [
  op: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor,
  reference: (values: readonly number[]) => number,
];

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  sum: [tf.sum, total],
  mean: [tf.mean, (values) => total(values) / values.length],
  prod: [tf.prod, (values) => values.reduce((product, value) => product * value, 1)],
  max: [tf.max, (values) => Math.max(...values)],
  min: [tf.min, (values) => Math.min(...values)],
  logSumExp: [
    tf.logSumExp,
    (values) => {
      const top = Math.max(...values);
      return Number.isFinite(top) ? top + Math.log(total(values.map((value) => Math.exp(value - top)))) : top;
    },
  ],
};

const WHOLE: typeof REDUCTIONS = {
  sum: REDUCTIONS.sum as Reduction,
  prod: REDUCTIONS.prod as Reduction,
  max: REDUCTIONS.max as Reduction,
  min: REDUCTIONS.min as Reduction,
};

const BOOLEAN: typeof REDUCTIONS = {
  all: [tf.all, (values) => Number(values.every((value) => value !== 0))],
  any: [tf.any, (values) => Number(values.some((value) => value !== 0))],
};

/** Shapes of every rank, some of them empty, with the axes to reduce. */
const FORMS: readonly (readonly [shape: readonly number[], axes: readonly number[]])[] = [
  [[], []],
  [[5], [0]],
  [[3, 4], [0]],
  [[3, 4], [-1]],
  [
    [3, 4],
    [0, 1],
  ],
  [[3, 4], []],
  [[2, 3, 4], [1]],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 2, 4],
    [1, 2],
  ],
  [
    [2, 3, 2, 4],
    [-1, 1],
  ],
  [
    [2, 2, 3, 2, 2],
    [0, 2, 4],
  ],
  [
    [2, 1, 2, 3, 1, 2],
    [1, 3, 5],
  ],
  [[0], [0]],
  [[3, 0], [1]],
  [[3, 0], [0]],
  [
    [0, 2, 3],
    [0, 2],
  ],
  [[2, 0, 3], [1]],
];

const label = (list: readonly number[]): string => `[${list.join(', ')}]`;

function overForms(
  name: string,
  [op, reference]: Reduction,
  make: (shape: readonly number[]) => NdArray,
  dtype: 'float32' | 'int32' | 'bool',
  out: tf.DataType,
): ForwardCase[] {
  return FORMS.flatMap(([shape, axes]) =>
    [false, true].map((keepDims): ForwardCase => {
      const x = make(shape);
      return [
        `${name} of ${dtype} ${label(shape)} over ${label(axes)}${keepDims ? ', axes kept' : ''}`,
        () => op(tensorOf(x, dtype), [...axes], keepDims),
        { ...reduced(x, axes, keepDims, reference), dtype: out },
      ];
    }),
  );
}

const truths = (shape: readonly number[]): NdArray => ndArray(shape, (index) => (total(index) % 3 === 0 ? 0 : 1));

const holds = (values: readonly number[], shape: readonly number[] = []): Wanted => wanted(values, undefined, shape);

/** Rows with NaN first, last and in the middle, infinities of one sign and of both. */
const ODD_ROWS: readonly (readonly number[])[] = [
  [NAN, 1, 2, 3],
  [1, 2, 3, NAN],
  [1, NAN, 3, 2],
  [INFINITY, 1, 2, 3],
  [-INFINITY, 1, 2, 3],
  [INFINITY, 1, -INFINITY, 3],
  [-INFINITY, -INFINITY, -INFINITY, -INFINITY],
  [-5, -4, -3, -9],
];

describe('reductions', () => {
  testForward([
    ...Object.entries(REDUCTIONS).flatMap(([name, reduction]) =>
      overForms(name, reduction, wave, 'float32', 'float32').filter(
        ([title]) => !/logSumExp.*\b0\b.* over/.test(title),
      ),
    ),
    ...Object.entries(WHOLE).flatMap(([name, reduction]) =>
      overForms(name, reduction, integers, 'int32', 'int32').filter(
        ([title]) => !/(max|min) .*\b0\b.*over/.test(title),
      ),
    ),
    ...overForms('mean', REDUCTIONS.mean as Reduction, integers, 'int32', 'float32'),
    ...overForms('sum', REDUCTIONS.sum as Reduction, truths, 'bool', 'int32'),
    ...overForms('mean', REDUCTIONS.mean as Reduction, truths, 'bool', 'float32'),
    ...Object.entries(BOOLEAN).flatMap(([name, reduction]) => overForms(name, reduction, truths, 'bool', 'bool')),
    // tfjs-core computes logSumExp with exp(x - max), which is NaN for rows of infinities with any kernels.
    ...Object.entries(REDUCTIONS)
      .filter(([name]) => name !== 'logSumExp')
      .flatMap(([name, [op, reference]]): ForwardCase[] => [
        [
          `${name} of rows with NaN and infinities`,
          () => op(tf.tensor2d(ODD_ROWS.map((row) => [...row])), [1], false),
          holds(ODD_ROWS.map(reference), [ODD_ROWS.length]),
        ],
        [
          `${name} of columns with NaN and infinities`,
          () => op(tf.transpose(tf.tensor2d(ODD_ROWS.map((row) => [...row]))), [0], false),
          holds(ODD_ROWS.map(reference), [ODD_ROWS.length]),
        ],
      ]),
    ['sum of int32 beyond 2^24', () => tf.sum(tf.tensor1d([16777217, 16777217, 1], 'int32')), holds([33554435])],
    ['prod of int32 beyond 2^24', () => tf.prod(tf.tensor1d([4097, 4097], 'int32')), holds([16785409])],
    ['max of int32 beyond 2^24', () => tf.max(tf.tensor1d([16777216, 16777217], 'int32')), holds([16777217])],
    ['mean of a million', () => tf.mean(tf.fill([1000, 1000], 0.1)), { ...holds([Math.fround(0.1)]), bound: 1e-6 }],
    ['sum of a million', () => tf.sum(tf.fill([1000, 1000], 0.1)), { ...holds([1e6 * Math.fround(0.1)]), bound: 1e-6 }],
    // wasm sums columns in float32, in two stages of a thousand.
    [
      'sum of columns of a million',
      () => tf.sum(tf.fill([1000000, 2], 0.1), 0),
      { ...holds([1e6 * Math.fround(0.1), 1e6 * Math.fround(0.1)], [2]), bound: 2e-5 },
    ],
  ]);
});
