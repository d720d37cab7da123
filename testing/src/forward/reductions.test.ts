import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';
import { at, indices, integers, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;
const INFINITY = Number.POSITIVE_INFINITY;

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Every value reduced over `axes`, in the order of the array. */
function reduced(
  x: NdArray,
  axes: readonly number[],
  keepDims: boolean,
  reduce: (values: readonly number[]) => number,
): NdArray {
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const inner = x.shape.map((length, axis) => (positive.includes(axis) ? length : 1));
  const kept = x.shape.map((length, axis) => (positive.includes(axis) ? 1 : length));
  const { values } = ndArray(kept, (index) =>
    reduce(
      indices(inner).map((offset) =>
        at(
          x,
          index.map((i, axis) => i + (offset[axis] ?? 0)),
        ),
      ),
    ),
  );
  return { shape: keepDims ? kept : x.shape.filter((_, axis) => !positive.includes(axis)), values };
}

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

/** Shapes with the axes to reduce, of every rank; some with nothing in them. */
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
    // tfjs-core computes logSumExp by exp(x - max): NaN for rows of infinities, whatever the kernels do.
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
    // wasm adds up columns in float32, in two stages of a thousand.
    [
      'sum of columns of a million',
      () => tf.sum(tf.fill([1000000, 2], 0.1), 0),
      { ...holds([1e6 * Math.fround(0.1), 1e6 * Math.fround(0.1)], [2]), bound: 2e-5 },
    ],
  ]);
});

const extremeOf = (better: (a: number, b: number) => boolean) => (values: readonly number[]) =>
  values.reduce((best, value, i) => (better(value, values[best] ?? 0) ? i : best), 0);

const EXTREMES = { argMax: tf.argMax, argMin: tf.argMin } as const;
const RUNNING = { cumsum: tf.cumsum, cumprod: tf.cumprod } as const;

describe('positions of extremes', () => {
  const firstOf = { argMax: extremeOf((a, b) => a > b), argMin: extremeOf((a, b) => a < b) };
  testForward(
    (['argMax', 'argMin'] as const).flatMap((name): ForwardCase[] => [
      ...(
        [
          [[5], 0],
          [[3, 4], 0],
          [[3, 4], -1],
          [[2, 3, 4], 1],
          [[2, 2, 3, 2, 2], 2],
        ] as const
      ).flatMap(([shape, axis]): ForwardCase[] =>
        (['float32', 'int32'] as const).map((dtype): ForwardCase => {
          const x = dtype === 'int32' ? integers(shape) : wave(shape);
          return [
            `${name} of ${dtype} ${label(shape)} along ${axis}`,
            () => EXTREMES[name](tensorOf(x, dtype), axis),
            { ...reduced(x, [axis], false, firstOf[name]), dtype: 'int32' },
          ];
        }),
      ),
      [`${name} of equal values is the first`, () => EXTREMES[name](tf.tensor1d([2, 2, 2])), holds([0])],
      [
        `${name} of infinities`,
        () =>
          EXTREMES[name](
            tf.tensor2d([
              [-INFINITY, -INFINITY],
              [INFINITY, INFINITY],
            ]),
            1,
          ),
        holds([0, 0], [2]),
      ],
      [`${name} of bool`, () => EXTREMES[name](tf.tensor1d([0, 1, 1, 0], 'bool')), holds([name === 'argMax' ? 1 : 0])],
      [
        `${name} of negative values`,
        () => EXTREMES[name](tf.tensor1d([-3, -1, -2])),
        holds([name === 'argMax' ? 1 : 0]),
      ],
      [`${name} of no rows`, () => EXTREMES[name](tf.zeros([0, 3]), 1), wanted([], 'int32', [0])],
    ]),
  );
});

/** Running sums or products of a row. */
function running(
  values: readonly number[],
  exclusive: boolean,
  reverse: boolean,
  step: (a: number, b: number) => number,
  start: number,
): number[] {
  const row = reverse ? [...values].reverse() : values;
  let so = start;
  const result = row.map((value) => {
    const before = so;
    so = step(so, value);
    return exclusive ? before : so;
  });
  return reverse ? result.reverse() : result;
}

describe('running sums and products', () => {
  const [rows, columns] = [3, 4];
  const cases = (['cumsum', 'cumprod'] as const).flatMap((name) =>
    (['float32', 'int32'] as const).flatMap((dtype) =>
      [0, 1, -1].flatMap((axis) =>
        [false, true].flatMap((exclusive) =>
          [false, true].map((reverse): ForwardCase => {
            const x = dtype === 'int32' ? integers([rows, columns]) : wave([rows, columns]);
            const [step, start] =
              name === 'cumsum' ? [(a: number, b: number) => a + b, 0] : [(a: number, b: number) => a * b, 1];
            const lines = axis === 0 ? columns : rows;
            const along = Array.from({ length: lines }, (_, line) =>
              running(
                Array.from({ length: axis === 0 ? rows : columns }, (_, i) =>
                  at(x, axis === 0 ? [i, line] : [line, i]),
                ),
                ...([exclusive, reverse, step, start] as const),
              ),
            );
            const y = ndArray([rows, columns], ([i = 0, j = 0]) => (axis === 0 ? along[j]?.[i] : along[i]?.[j]) ?? 0);
            return [
              `${name} of ${dtype} along ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
              () => RUNNING[name](tensorOf(x, dtype), axis, exclusive, reverse),
              { ...y, dtype },
            ];
          }),
        ),
      ),
    ),
  );
  testForward([
    ...cases,
    ['cumsum of bool', () => tf.cumsum(tf.tensor1d([1, 0, 1, 1], 'bool')), wanted([1, 1, 2, 3], 'int32')],
    ['cumsum of nothing', () => tf.cumsum(tf.zeros([2, 0]), 1), wanted([], 'float32', [2, 0])],
    ['cumsum of NaN', () => tf.cumsum(tf.tensor1d([1, NAN, 2])), wanted([1, NAN, NAN])],
    [
      'cumsum of a cube along 1',
      () => tf.cumsum(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), 1),
      wanted([1, 2, 4, 6, 5, 6, 12, 14], 'float32', [2, 2, 2]),
    ],
    [
      'cumprod of a cube along 0',
      () => tf.cumprod(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), 0),
      wanted([1, 2, 3, 4, 5, 12, 21, 32], 'float32', [2, 2, 2]),
    ],
  ]);
});

describe('softmax', () => {
  const softmax = (row: readonly number[]): number[] => {
    const top = Math.max(...row);
    const sum = total(row.map((value) => Math.exp(value - top)));
    return row.map((value) => Math.exp(value - top) / sum);
  };
  const rows = [
    [1, 2, 3],
    [-1000, 0, 1000],
    [3e38, 3e38, 3e38],
    [1, NAN, 2],
    [-INFINITY, 0, 1],
  ];
  testForward([
    ['softmax of rows', () => tf.softmax(tf.tensor2d(rows)), wanted(rows.flatMap(softmax), 'float32', [5, 3])],
    ['softmax of nothing', () => tf.softmax(tf.zeros([0, 3])), wanted([], 'float32', [0, 3])],
    ['softmax of a vector', () => tf.softmax(tf.tensor1d([1, 2, 3])), wanted(softmax([1, 2, 3]))],
    [
      'softmax of rank 4',
      () => tf.softmax(tf.tensor4d([1, 2, 3, 0], [1, 2, 1, 2])),
      wanted([softmax([1, 2]), softmax([3, 0])].flat(), 'float32', [1, 2, 1, 2]),
    ],
    [
      'logSoftmax of rows',
      () =>
        tf.logSoftmax(
          tf.tensor2d([
            [1, 2, 3],
            [-100, 0, 100],
          ]),
        ),
      wanted(
        [
          [1, 2, 3],
          [-100, 0, 100],
        ].flatMap((row) => {
          const top = Math.max(...row);
          const sum = Math.log(total(row.map((value) => Math.exp(value - top))));
          return row.map((value) => value - top - sum);
        }),
        'float32',
        [2, 3],
      ),
    ],
  ]);
});
