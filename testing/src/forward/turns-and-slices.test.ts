import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward } from './forward-cases.ts';
import { label, moved, NUMERIC, sliced } from './moved.ts';
import { at, type NdArray, ndArray } from './nd-array.ts';

const transposed = (x: NdArray, order: readonly number[]): NdArray =>
  ndArray(
    order.map((axis) => x.shape[axis] ?? 1),
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[order.indexOf(axis)] ?? 0),
      ),
  );

const reversed = (x: NdArray, axes: readonly number[]): NdArray =>
  ndArray(x.shape, (index) =>
    at(
      x,
      index.map((i, axis) => (axes.includes(axis) ? (x.shape[axis] ?? 1) - 1 - i : i)),
    ),
  );

const tiled = (x: NdArray, reps: readonly number[]): NdArray =>
  ndArray(
    x.shape.map((length, axis) => length * (reps[axis] ?? 1)),
    (index) =>
      at(
        x,
        index.map((i, axis) => i % (x.shape[axis] ?? 1)),
      ),
  );

const PERMUTATIONS: readonly (readonly [shape: readonly number[], order: readonly number[]])[] = [
  [[], []],
  [[3], [0]],
  [
    [2, 3],
    [1, 0],
  ],
  [
    [2, 3, 4],
    [1, 0, 2],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 1, 3, 2],
    [0, 3, 1, 2],
  ],
  [
    [2, 1, 3, 2, 2],
    [4, 2, 0, 3, 1],
  ],
  [
    [2, 1, 3, 2, 2, 1],
    [5, 2, 4, 0, 3, 1],
  ],
  [
    [2, 0, 3],
    [2, 0, 1],
  ],
  [
    [1, 4, 1],
    [1, 0, 2],
  ],
];

describe('ops that transpose, reverse, slice and repeat', () => {
  testForward([
    ...PERMUTATIONS.flatMap(([shape, order]) =>
      moved(
        `transpose to ${label(order)}`,
        shape,
        (x) => tf.transpose(x, [...order]),
        (x) => transposed(x, order),
        NUMERIC,
      ),
    ),
    ...(
      [
        [[5], [1], [3]],
        [
          [3, 4],
          [1, 0],
          [2, 4],
        ],
        [
          [3, 4],
          [0, 1],
          [3, 2],
        ],
        [
          [3, 4],
          [1, 2],
          [0, 2],
        ],
        [
          [3, 4],
          [3, 4],
          [0, 0],
        ],
        [
          [2, 3, 4],
          [1, 1, 1],
          [1, 2, 2],
        ],
        [
          [2, 3, 2, 2],
          [0, 1, 1, 0],
          [2, 2, 1, 2],
        ],
        [
          [2, 2, 2, 2, 2],
          [1, 0, 1, 0, 1],
          [1, 2, 1, 2, 1],
        ],
        [
          [2, 1, 2, 2, 1, 2],
          [1, 0, 0, 1, 0, 0],
          [1, 1, 2, 1, 1, 2],
        ],
      ] as const
    ).flatMap(([shape, begin, size]) =>
      moved(
        `slice at ${label(begin)} of ${label(size)}`,
        shape,
        (x) => tf.slice(x, [...begin], [...size]),
        (x) => sliced(x, begin, size),
      ),
    ),
    ...moved(
      'slice to the end',
      [3, 4],
      (x) => tf.slice(x, [1, 2], [-1, -1]),
      (x) => sliced(x, [1, 2], [2, 2]),
    ),
    ...(
      [
        [[5], [0]],
        [[3, 4], [0]],
        [[3, 4], [1]],
        [
          [2, 3, 4],
          [0, 2],
        ],
        [
          [2, 3, 2, 2],
          [1, 3],
        ],
        [
          [2, 1, 2, 2, 2],
          [0, 4],
        ],
        [[2, 0], [0]],
      ] as const
    ).flatMap(([shape, axes]) =>
      moved(
        `reverse along ${label(axes)}`,
        shape,
        (x) => tf.reverse(x, [...axes]),
        (x) => reversed(x, axes),
        NUMERIC,
      ),
    ),
    ...moved(
      'reverse of a scalar',
      [],
      (x) => tf.reverse(x),
      (x) => x,
      NUMERIC,
    ),
    ...moved(
      'reverse along -1',
      [2, 3],
      (x) => tf.reverse(x, -1),
      (x) => reversed(x, [1]),
      NUMERIC,
    ),
    ...(
      [
        [[3], [2]],
        [
          [2, 3],
          [1, 2],
        ],
        [
          [2, 3],
          [2, 0],
        ],
        [
          [2, 1, 2],
          [2, 3, 1],
        ],
        [
          [1, 2, 1, 2],
          [2, 1, 3, 2],
        ],
        [
          [1, 2, 1, 2, 1],
          [2, 1, 3, 1, 2],
        ],
      ] as const
    ).flatMap(([shape, reps]) =>
      moved(
        `tile by ${label(reps)}`,
        shape,
        (x) => tf.tile(x, [...reps]),
        (x) => tiled(x, reps),
      ),
    ),
  ]);
});
