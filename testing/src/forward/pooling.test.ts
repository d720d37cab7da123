import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted, within } from './forward-cases.ts';
import { ndArray, tensorOf, wave } from './nd-array.ts';
import { type Form, label, opPad, pair, placeOf, slidingOf } from './window-forms.ts';
import { pooling } from './window-references.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

/** The maximum without NaN, as in tfjs's tests of maximum pooling. */
const largest = (values: readonly number[]): number => Math.max(...values.filter((value) => !Number.isNaN(value)));

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const POOLS: readonly Form[] = [
  { x: [2, 4, 6, 3], filter: [2, 2], stride: 2 },
  { x: [2, 5, 4, 3], filter: [3, 3], stride: 2, pad: 'same' },
  { x: [2, 5, 4, 2], filter: [3, 2], stride: [2, 1], pad: 'same' },
  { x: [1, 6, 5, 2], filter: [2, 2], stride: 2, pad: 1 },
  {
    x: [1, 6, 5, 2],
    filter: [3, 3],
    stride: 1,
    pad: [
      [1, 2],
      [0, 1],
    ],
  },
  { x: [1, 6, 5, 2], filter: [2, 3], stride: 2, pad: 1, rounding: 'ceil' },
  { x: [1, 7, 6, 2], filter: [3, 2], stride: 3, pad: 1, rounding: 'floor' },
  { x: [1, 7, 7, 2], filter: [2, 2], stride: 4, pad: 'same' },
  { x: [1, 7, 9, 2], filter: [1, 1], stride: 3, pad: 'same' },
  { x: [2, 3, 3, 2], filter: [1, 1], stride: 1 },
  { x: [2, 4, 5, 3], filter: [4, 5], stride: 1 },
  { x: [0, 4, 4, 2], filter: [2, 2], stride: 2 },
  { x: [1, 1, 1, 2], filter: [3, 3], stride: 1, pad: 'same' },
];

const POOL = { maxPool: tf.maxPool, avgPool: tf.avgPool } as const;

const POOL_3D = { maxPool: tf.maxPool3d, avgPool: tf.avgPool3d } as const;

describe('pooling', () => {
  const kinds = { maxPool: largest, avgPool: average } as const;
  const odd = [
    [NAN, 1, 2, 3],
    [1, 2, 3, NAN],
    [INFINITY, 0, 1, 2],
    [-INFINITY, -INFINITY, -INFINITY, -INFINITY],
    [-4, -3, -2, -5],
    [INFINITY, -INFINITY, 1, 2],
  ];
  testForward([
    ...(['maxPool', 'avgPool'] as const).flatMap((name): ForwardCase[] => [
      ...POOLS.map((form): ForwardCase => {
        const x = wave(form.x);
        return [
          `${name} ${label(form)}`,
          () =>
            POOL[name]<tf.Tensor4D>(
              tensorOf<tf.Rank.R4>(x),
              pair(form.filter as [number, number]),
              pair(form.stride),
              opPad(form.pad),
              form.rounding,
            ),
          within(pooling(x, form.filter, slidingOf(form), kinds[name]), 5e-6),
        ];
      }),
      ...POOLS.filter(({ x }) => x[0] !== 0)
        .slice(0, 4)
        .map((form): ForwardCase => {
          const x = { shape: form.x, values: wave(form.x).values.map((value) => value - 5) };
          return [
            `${name} of negative values ${label(form)}`,
            () =>
              POOL[name]<tf.Tensor4D>(
                tensorOf<tf.Rank.R4>(x),
                pair(form.filter as [number, number]),
                pair(form.stride),
                opPad(form.pad),
                form.rounding,
              ),
            within(pooling(x, form.filter, slidingOf(form), kinds[name]), 5e-6),
          ];
        }),
      [
        `${name} of windows with NaN and infinities`,
        () => POOL[name]<tf.Tensor4D>(tf.tensor4d(odd.flat(), [odd.length, 2, 2, 1]), 2, 2, 'valid'),
        wanted(odd.map(kinds[name]), 'float32', [odd.length, 1, 1, 1]),
      ],
      ...(name === 'maxPool'
        ? [
            [
              'maxPool of int32',
              () =>
                tf.maxPool<tf.Tensor4D>(tf.tensor4d([16777217, 16777216, -3, 5], [1, 2, 2, 1], 'int32'), 2, 2, 'valid'),
              wanted([16777217], 'int32', [1, 1, 1, 1]),
            ] as ForwardCase,
          ]
        : []),
      ...(
        [
          [2, 2, 'same'],
          [[2, 3, 2], 1, 'valid'],
          [3, 2, 'same'],
          [1, 2, 'valid'],
          [2, 3, 'same'],
        ] as const
      ).map(([filter, stride, pad]): ForwardCase => {
        const x = { shape: [2, 4, 4, 5, 2], values: wave([2, 4, 4, 5, 2]).values.map((value) => value - 3) };
        const taps = typeof filter === 'number' ? [filter, filter, filter] : [...filter];
        return [
          `${name}3d by ${taps} with stride ${stride}, ${pad}`,
          () => POOL_3D[name](tensorOf<tf.Rank.R5>(x), taps as [number, number, number], stride, pad),
          within(pooling(x, taps, { strides: [stride, stride, stride], dilations: [1, 1, 1], pad }, kinds[name]), 5e-6),
        ];
      }),
      ...(['avg', 'max'] as const).map((type): ForwardCase => {
        const x = wave([1, 7, 6, 2]);
        return [
          `pool ${type} with dilations`,
          () => tf.pool<tf.Tensor4D>(tensorOf<tf.Rank.R4>(x), [2, 2], type, 'same', [2, 2]),
          within(
            pooling(x, [2, 2], { strides: [1, 1], dilations: [2, 2], pad: 'same' }, (values) => {
              const padded = [...values, ...new Array<number>(4 - values.length).fill(0)];
              return type === 'avg' ? average(padded) : largest(padded);
            }),
            5e-6,
          ),
        ];
      }),
    ]),
    ...POOLS.filter(({ pad, x, rounding }) => (pad === undefined || pad === 'same') && x[0] !== 0 && !rounding).flatMap(
      (form) =>
        [false, true].map((includeBatch): ForwardCase => {
          const x = wave(form.x);
          const [, height = 1, width = 1, channels = 1] = form.x;
          const values = pooling(x, form.filter, slidingOf(form), largest);
          const flat = ndArray(values.shape, (index) => {
            const channel = index[3] ?? 0;
            const sliding = slidingOf(form);
            const places = pooling(x, form.filter, sliding, (inside, pixels) => {
              const best = inside.indexOf(largest(inside));
              const [row = 0, column = 0] = pixels[best] ?? [];
              return row * width + column;
            });
            const place = places.values[placeOf(index, values.shape)] ?? 0;
            return place * channels + channel + (includeBatch ? (index[0] ?? 0) * height * width * channels : 0);
          });
          return [
            `maxPoolWithArgmax ${label(form)}${includeBatch ? ', with the batch' : ''}`,
            () => {
              const { result, indexes } = tf.maxPoolWithArgmax(
                tensorOf<tf.Rank.R4>(x),
                pair(form.filter as [number, number]),
                pair(form.stride),
                form.pad === 'same' ? 'same' : 'valid',
                includeBatch,
              ) as { result: tf.Tensor; indexes: tf.Tensor };
              return [result, indexes];
            },
            values,
            flat,
          ];
        }),
    ),
  ]);
});
