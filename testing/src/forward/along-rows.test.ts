import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';
import { at, integers, ndArray, tensorOf, wave } from './nd-array.ts';
import { reduced, total } from './reduced.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

const label = (list: readonly number[]): string => `[${list.join(', ')}]`;

const holds = (values: readonly number[], shape: readonly number[] = []): Wanted => wanted(values, undefined, shape);

const extremeOf = (better: (a: number, b: number) => boolean) => (values: readonly number[]) =>
  values.reduce((best, value, i) => (better(value, values[best] ?? 0) ? i : best), 0);

const EXTREMES = { argMax: tf.argMax, argMin: tf.argMin } as const;

const RUNNING = { cumsum: tf.cumsum, cumprod: tf.cumprod } as const;

/** Cumulative sums or products of a row. */
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

describe('cumulative sums and products', () => {
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
    ['cumsum of an empty tensor', () => tf.cumsum(tf.zeros([2, 0]), 1), wanted([], 'float32', [2, 0])],
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
    ['softmax of an empty tensor', () => tf.softmax(tf.zeros([0, 3])), wanted([], 'float32', [0, 3])],
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
