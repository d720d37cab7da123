import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward } from './forward-cases.ts';
import { label, moved, NUMERIC } from './moved.ts';
import { at, type NdArray, ndArray } from './nd-array.ts';

describe('gather and scatter', () => {
  const gathered = (x: NdArray, picks: readonly number[], axis: number): NdArray =>
    ndArray(
      x.shape.map((length, i) => (i === axis ? picks.length : length)),
      (index) =>
        at(
          x,
          index.map((i, place) => (place === axis ? (picks[i] ?? 0) : i)),
        ),
    );
  testForward([
    ...(
      [
        [[5], [4, 0, 0, 2], 0],
        [[3, 4], [2, 0], 0],
        [[3, 4], [3, 3, 1], 1],
        [[2, 3, 2], [1, 0, 2], 1],
        [[2, 3, 2, 2], [1, 0], 3],
      ] as const
    ).flatMap(([shape, picks, axis]) =>
      moved(
        `gather ${label(picks)} along ${axis}`,
        shape,
        (x) => tf.gather(x, tf.tensor1d([...picks], 'int32'), axis),
        (x) => gathered(x, picks, axis),
        NUMERIC,
      ),
    ),
    ...moved(
      'gather along -1',
      [2, 3],
      (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32'), -1),
      (x) => gathered(x, [2, 0], 1),
      NUMERIC,
    ),
    ...moved(
      'gather of an empty tensor',
      [2, 3],
      (x) => tf.gather(x, tf.tensor1d([], 'int32'), 1),
      () => ({ shape: [2, 0], values: [] }),
      NUMERIC,
    ),
    ...moved(
      'gather by a matrix',
      [3, 2],
      (x) =>
        tf.gather(
          x,
          tf.tensor2d(
            [
              [2, 0],
              [1, 1],
            ],
            [2, 2],
            'int32',
          ),
        ),
      (x) => ndArray([2, 2, 2], ([i = 0, j = 0, k = 0]) => at(x, [[2, 0, 1, 1][2 * i + j] ?? 0, k])),
      NUMERIC,
    ),
  ]);
});
