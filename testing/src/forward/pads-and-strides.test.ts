import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward, wanted } from './forward-cases.ts';
import { label, moved, NUMERIC, sliced } from './moved.ts';
import { at, type NdArray, ndArray } from './nd-array.ts';

const reversed = (x: NdArray, axes: readonly number[]): NdArray =>
  ndArray(x.shape, (index) =>
    at(
      x,
      index.map((i, axis) => (axes.includes(axis) ? (x.shape[axis] ?? 1) - 1 - i : i)),
    ),
  );

const padded = (x: NdArray, pads: readonly (readonly [number, number])[]): NdArray =>
  ndArray(
    x.shape.map((length, axis) => length + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0)),
    (index) =>
      at(
        x,
        index.map((i, axis) => i - (pads[axis]?.[0] ?? 0)),
      ),
  );

const mirrored = (x: NdArray, pads: readonly (readonly [number, number])[], mode: 'reflect' | 'symmetric'): NdArray =>
  ndArray(
    x.shape.map((length, axis) => length + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0)),
    (index) =>
      at(
        x,
        index.map((i, axis) => {
          const length = x.shape[axis] ?? 1;
          const place = i - (pads[axis]?.[0] ?? 0);
          const edge = mode === 'reflect' ? 0 : 1;
          if (place < 0) return -place - edge;
          return place >= length ? 2 * length - 2 - place + edge : place;
        }),
      ),
  );

const strided = (x: NdArray, begin: readonly number[], end: readonly number[], strides: readonly number[]): NdArray =>
  ndArray(
    begin.map((from, axis) => Math.max(0, Math.ceil(((end[axis] ?? 0) - from) / (strides[axis] ?? 1)))),
    (index) =>
      at(
        x,
        index.map((i, axis) => (begin[axis] ?? 0) + i * (strides[axis] ?? 1)),
      ),
  );

describe('pads and strides', () => {
  testForward([
    ...(
      [
        [[3], [[1, 2]]],
        [
          [2, 3],
          [
            [1, 0],
            [0, 2],
          ],
        ],
        [
          [2, 1, 2],
          [
            [0, 1],
            [2, 0],
            [1, 1],
          ],
        ],
        [
          [1, 2, 2, 1],
          [
            [0, 0],
            [1, 2],
            [2, 1],
            [0, 0],
          ],
        ],
        [
          [0, 2],
          [
            [1, 1],
            [0, 0],
          ],
        ],
        [
          [1, 1, 2, 1, 2],
          [
            [0, 0],
            [1, 0],
            [0, 1],
            [0, 0],
            [1, 1],
          ],
        ],
      ] as const
    ).flatMap(([shape, pads]) =>
      moved(
        `pad by ${label(pads)}`,
        shape,
        (x) =>
          tf.pad(
            x,
            pads.map(([before, after]) => [before, after]),
          ),
        (x) => padded(x, pads),
        NUMERIC,
      ),
    ),
    [
      'pad with a constant',
      () =>
        tf.pad(
          tf.tensor2d([[1, 2]]),
          [
            [1, 0],
            [0, 1],
          ],
          -7.5,
        ),
      wanted([-7.5, -7.5, -7.5, 1, 2, -7.5], 'float32', [2, 3]),
    ],
    [
      'pad of int32 with a constant',
      () => tf.pad(tf.tensor1d([1, 2], 'int32'), [[1, 2]], -7),
      wanted([-7, 1, 2, -7, -7], 'int32'),
    ],
    ...(['reflect', 'symmetric'] as const).flatMap((mode) =>
      (
        [
          [[3], [[2, 1]]],
          [
            [3, 4],
            [
              [1, 2],
              [2, 0],
            ],
          ],
          [
            [1, 3, 3, 2],
            [
              [0, 0],
              [2, 1],
              [1, 2],
              [0, 1],
            ],
          ],
        ] as const
      ).flatMap(([shape, pads]) =>
        moved(
          `mirrorPad ${mode} by ${label(pads)}`,
          shape,
          (x) => tf.mirrorPad(x, pads.map(([before, after]) => [before, after]) as [number, number][], mode),
          (x) => mirrored(x, pads, mode),
          NUMERIC,
        ),
      ),
    ),
    ...(
      [
        [[6], [0], [6], [2]],
        [[6], [4], [0], [-2]],
        [
          [4, 5],
          [1, 4],
          [3, 0],
          [1, -2],
        ],
        [
          [4, 5],
          [3, 0],
          [1, 5],
          [1, 2],
        ],
        [
          [2, 3, 4],
          [0, 2, 1],
          [2, 0, 4],
          [1, -1, 2],
        ],
        [
          [2, 3, 2, 4],
          [0, 0, 1, 3],
          [2, 3, 2, 0],
          [1, 2, 1, -2],
        ],
      ] as const
    ).flatMap(([shape, begin, end, strides]) =>
      moved(
        `stridedSlice ${label(begin)} to ${label(end)} by ${label(strides)}`,
        shape,
        (x) => tf.stridedSlice(x, [...begin], [...end], [...strides]),
        (x) => strided(x, begin, end, strides),
      ),
    ),
    ...moved(
      'stridedSlice to the beginning, by a mask',
      [4],
      (x) => tf.stridedSlice(x, [3], [0], [-1], 0, 1),
      (x) => reversed(x, [0]),
    ),
    ...moved(
      'stridedSlice of one entry, its axis dropped',
      [2, 3],
      (x) => tf.stridedSlice(x, [0, 1], [2, 2], [1, 1], 0, 0, 0, 0, 2),
      (x) => ({
        shape: [2],
        values: sliced(x, [0, 1], [2, 1]).values,
      }),
    ),
  ]);
});
