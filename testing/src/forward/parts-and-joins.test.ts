import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { counted, DTYPES, entry, moved, NUMERIC, sliced, tensor } from './moved.ts';
import { at, type NdArray, ndArray } from './nd-array.ts';

describe('ops that split, join and reshape', () => {
  testForward([
    ...moved(
      'split along 1',
      [2, 6],
      (x) => tf.split(x, [1, 3, 2], 1),
      (x) => [sliced(x, [0, 0], [2, 1]), sliced(x, [0, 1], [2, 3]), sliced(x, [0, 4], [2, 2])],
      NUMERIC,
    ),
    ...moved(
      'split along -1 with an empty part',
      [2, 2],
      (x) => tf.split(x, [0, 2], -1),
      (x) => [sliced(x, [0, 0], [2, 0]), x],
      NUMERIC,
    ),
    ...moved(
      'split along 0',
      [4, 1, 2],
      (x) => tf.split(x, 2),
      (x) => [sliced(x, [0, 0, 0], [2, 1, 2]), sliced(x, [2, 0, 0], [2, 1, 2])],
      NUMERIC,
    ),
    ...moved(
      'unstack along 1',
      [2, 2, 3],
      (x) => tf.unstack(x, 1),
      (x) => [0, 1].map((i) => ({ shape: [2, 3], values: sliced(x, [0, i, 0], [2, 1, 3]).values })),
    ),
    ...moved(
      'unstack along -1',
      [3, 2],
      (x) => tf.unstack(x, -1),
      (x) => [0, 1].map((i) => ({ shape: [3], values: sliced(x, [0, i], [3, 1]).values })),
    ),
    ...moved(
      'expandDims at -1',
      [2, 3],
      (x) => tf.expandDims(x, -1),
      (x) => ({ ...x, shape: [2, 3, 1] }),
    ),
    ...moved(
      'reshape with -1',
      [2, 3],
      (x) => tf.reshape(x, [3, -1]),
      (x) => ({ ...x, shape: [3, 2] }),
    ),
    ...moved(
      'squeeze',
      [1, 3, 1],
      (x) => tf.squeeze(x),
      (x) => ({ ...x, shape: [3] }),
    ),
    ...moved(
      'broadcastTo',
      [2, 1, 2],
      (x) => tf.broadcastTo(x, [3, 2, 2, 2]),
      (x) => ndArray([3, 2, 2, 2], ([, i = 0, , k = 0]) => at(x, [i, 0, k])),
      NUMERIC,
    ),
    ...moved(
      'clone',
      [2, 2],
      (x) => tf.clone(x),
      (x) => x,
    ),
    ...[0, 1, -1].flatMap((axis) =>
      DTYPES.map((dtype): ForwardCase => {
        const shapes =
          axis === 0
            ? [
                [1, 2],
                [0, 2],
                [2, 2],
              ]
            : [
                [2, 1],
                [2, 0],
                [2, 2],
              ];
        const parts = shapes.map((shape, i) => ({
          shape,
          values: counted(shape).values.map((value) => value + 10 * i),
        }));
        const whole = ndArray(axis === 0 ? [3, 2] : [2, 3], ([i = 0, j = 0]) => {
          const along = axis === 0 ? i : j;
          const [part, place] = along < 1 ? [parts[0], 0] : [parts[2], along - 1];
          return at(part as NdArray, axis === 0 ? [place, j] : [i, place]);
        });
        return [
          `concat of ${dtype} along ${axis}, one part empty`,
          () =>
            tf.concat(
              parts.map((part) => tensor(part, dtype)),
              axis,
            ),
          { shape: whole.shape, dtype, values: whole.values.map((place) => entry(place, dtype)) },
        ];
      }),
    ),
    ...DTYPES.map(
      (dtype): ForwardCase => [
        `concat of an empty tensor, ${dtype}`,
        () => tf.concat([tf.tensor([], [0, 2], dtype), tf.tensor([], [0, 2], dtype)]),
        wanted([], dtype, [0, 2]),
      ],
    ),
    ...[0, 1, 2, -1].flatMap((axis) =>
      DTYPES.map((dtype): ForwardCase => {
        const parts = [counted([2, 3]), { shape: [2, 3], values: counted([2, 3]).values.map((value) => value + 10) }];
        const place = axis < 0 ? axis + 3 : axis;
        const whole = ndArray([...[2, 3].slice(0, place), 2, ...[2, 3].slice(place)], (index) =>
          at(
            parts[index[place] ?? 0] as NdArray,
            index.filter((_, i) => i !== place),
          ),
        );
        return [
          `stack of ${dtype} along ${axis}`,
          () =>
            tf.stack(
              parts.map((part) => tensor(part, dtype)),
              axis,
            ),
          { shape: whole.shape, dtype, values: whole.values.map((p) => entry(p, dtype)) },
        ];
      }),
    ),
  ]);
});
