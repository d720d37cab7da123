import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { at, type NdArray, ndArray, sizeOf } from './nd-array.ts';

type Dtype = 'float32' | 'int32' | 'bool' | 'string';
const DTYPES: readonly Dtype[] = ['float32', 'int32', 'bool', 'string'];

/** Places 1, 2, 3 ... in an array: every entry its own value, or every third true. */
const counted = (shape: readonly number[]): NdArray => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
});

/** What stands at a place under a dtype; 0 is what padding writes. */
function entry(place: number, dtype: Dtype): number | string {
  if (dtype === 'string') return place === 0 ? '' : `s${place}`;
  if (dtype === 'bool') return place % 3 === 1 ? 1 : 0;
  if (place === 0) return 0;
  return dtype === 'int32' ? place * 1000003 : place + 0.25;
}

function tensor(x: NdArray, dtype: Dtype): tf.Tensor {
  return tf.tensor(x.values.map((place) => entry(place, dtype)) as number[], [...x.shape], dtype);
}

const label = (list: readonly unknown[]): string => `[${list.join(', ')}]`;

/** An op that only moves entries, for every dtype that it takes. */
function moved(
  name: string,
  shape: readonly number[],
  op: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  places: (x: NdArray) => NdArray | NdArray[],
  dtypes: readonly Dtype[] = DTYPES,
): ForwardCase[] {
  const x = counted(shape);
  return dtypes.map(
    (dtype): ForwardCase => [
      `${name} of ${dtype} ${label(shape)}`,
      () => op(tensor(x, dtype)),
      ...[places(x)]
        .flat()
        .map((y) => ({ shape: y.shape, dtype, values: y.values.map((place) => entry(place, dtype)) })),
    ],
  );
}

const NUMERIC: readonly Dtype[] = ['float32', 'int32', 'bool'];

const transposed = (x: NdArray, order: readonly number[]): NdArray =>
  ndArray(
    order.map((axis) => x.shape[axis] ?? 1),
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[order.indexOf(axis)] ?? 0),
      ),
  );

const sliced = (x: NdArray, begin: readonly number[], size: readonly number[]): NdArray =>
  ndArray(size, (index) =>
    at(
      x,
      index.map((i, axis) => i + (begin[axis] ?? 0)),
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

describe('ops that move entries', () => {
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
        `concat of nothing, ${dtype}`,
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
      'gather of nothing',
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
