import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted, within } from './forward-cases.ts';
import { type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';
import {
  channelsFirst,
  convolution,
  depthwiseConvolution,
  type Padding,
  pooling,
  type Rounding,
  type Sliding,
  transposedConvolution,
} from './windows.ts';

const NAN = Number.NaN;
const INFINITY = Number.POSITIVE_INFINITY;
/** What convolutions on `native` may be off by, of the largest output: Winograd's 3e-5, and rounding of the values compared. */
const SUMS = 5e-5;

type Form = {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  readonly pad?: Padding;
  readonly rounding?: Rounding;
};

const pair = (value: number | readonly [number, number] | undefined): [number, number] =>
  value === undefined ? [1, 1] : typeof value === 'number' ? [value, value] : [value[0], value[1]];

const slidingOf = ({ stride, dilation, pad = 'valid', rounding }: Form): Sliding => ({
  strides: pair(stride),
  dilations: pair(dilation),
  pad,
  rounding,
});

type OpPad = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

/** Explicit pads as the ops take them: every axis of the layout. */
function opPad(pad: Padding = 'valid', format: 'NHWC' | 'NCHW' = 'NHWC'): OpPad {
  if (typeof pad === 'string' || typeof pad === 'number') return pad;
  const [rows = [0, 0], columns = [0, 0]] = pad.map(([before, after]): [number, number] => [before, after]) as [
    number,
    number,
  ][];
  return format === 'NHWC' ? [[0, 0], rows, columns, [0, 0]] : [[0, 0], [0, 0], rows, columns];
}

const label = (form: Form): string => JSON.stringify(form).replace(/"/g, '');

const CONVOLUTIONS: readonly Form[] = [
  { x: [2, 5, 4, 3], filter: [3, 3, 3, 4], pad: 'same' },
  { x: [2, 5, 4, 3], filter: [3, 2, 3, 4] },
  { x: [2, 5, 6, 3], filter: [3, 3, 3, 2], stride: 2, pad: 'same' },
  { x: [1, 7, 6, 2], filter: [2, 3, 2, 3], stride: [2, 1], pad: 'same' },
  { x: [1, 6, 6, 2], filter: [3, 3, 2, 3], dilation: 2, pad: 'same' },
  { x: [1, 7, 6, 2], filter: [2, 2, 2, 3], dilation: [2, 3] },
  { x: [2, 4, 4, 2], filter: [1, 1, 2, 3] },
  { x: [2, 4, 5, 2], filter: [1, 1, 2, 3], stride: 2, pad: 'same' },
  { x: [1, 5, 5, 2], filter: [3, 3, 2, 2], pad: 1 },
  {
    x: [1, 5, 4, 2],
    filter: [3, 3, 2, 2],
    pad: [
      [2, 1],
      [0, 3],
    ],
  },
  { x: [1, 6, 5, 2], filter: [2, 2, 2, 2], stride: 2, pad: 1, rounding: 'ceil' },
  { x: [1, 6, 5, 2], filter: [2, 2, 2, 2], stride: 3, pad: 1, rounding: 'floor' },
  { x: [1, 4, 4, 1], filter: [2, 2, 1, 1], stride: 4, pad: 'same' },
  { x: [2, 7, 9, 2], filter: [2, 2, 2, 3], stride: 4, pad: 'same' },
  { x: [1, 6, 6, 2], filter: [1, 1, 2, 2], stride: 3, pad: 'same' },
  { x: [1, 8, 5, 2], filter: [2, 3, 2, 2], stride: [4, 2], pad: 'same' },
  { x: [1, 2, 2, 2], filter: [3, 3, 2, 2], pad: 'same' },
  { x: [1, 1, 1, 3], filter: [3, 3, 3, 2], pad: 'same' },
  { x: [0, 4, 4, 2], filter: [3, 3, 2, 2], pad: 'same' },
  { x: [1, 12, 12, 8], filter: [3, 3, 8, 8], pad: 'same' },
];

const DEPTHWISE: readonly Form[] = CONVOLUTIONS.flatMap((form) =>
  [1, 2].map((multiplier) => ({
    ...form,
    filter: [form.filter[0] ?? 1, form.filter[1] ?? 1, form.x[3] ?? 1, multiplier],
  })),
);

const hasDilationAndStride = (form: Form): boolean =>
  Math.max(...pair(form.dilation)) > 1 && Math.max(...pair(form.stride)) > 1;

function inBothFormats(
  name: string,
  forms: readonly Form[],
  op: (x: tf.Tensor4D, filter: tf.Tensor4D, form: Form, format: 'NHWC' | 'NCHW') => tf.Tensor,
  reference: (x: NdArray, filter: NdArray, form: Form) => NdArray,
  formats: readonly ('NHWC' | 'NCHW')[] = ['NHWC', 'NCHW'],
): ForwardCase[] {
  return forms
    .filter((form) => !hasDilationAndStride(form))
    .flatMap((form) =>
      formats.map((format): ForwardCase => {
        const [x, filter] = [wave(form.x, 1), wave(form.filter, 2)];
        const y = reference(x, filter, form);
        return [
          `${name} ${format} ${label(form)}`,
          () =>
            op(
              tensorOf<tf.Rank.R4>(format === 'NHWC' ? x : channelsFirst(x)),
              tensorOf<tf.Rank.R4>(filter),
              form,
              format,
            ),
          within(format === 'NHWC' ? y : channelsFirst(y), SUMS),
        ];
      }),
    );
}

const relu = (y: NdArray): NdArray => ({ ...y, values: y.values.map((value) => Math.max(0, value)) });
/** Adds a bias a channel, channels last. */
const biased = (y: NdArray): NdArray =>
  ndArray(y.shape, (index) => (y.values[placeOf(index, y.shape)] ?? 0) + (index.at(-1) ?? 0) - 1);
const placeOf = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((place, i, axis) => place * (shape[axis] ?? 1) + i, 0);
const biasOf = (channels: number): tf.Tensor1D => tf.tensor1d(Array.from({ length: channels }, (_, i) => i - 1));

describe('convolutions', () => {
  const FEW = CONVOLUTIONS.filter((_, i) => i % 3 === 0);
  testForward([
    ...inBothFormats(
      'conv2d',
      CONVOLUTIONS,
      (x, filter, form, format) =>
        tf.conv2d(x, filter, pair(form.stride), opPad(form.pad, format), format, pair(form.dilation), form.rounding),
      (x, filter, form) => convolution(x, filter, slidingOf(form)),
    ),
    ...inBothFormats(
      'depthwiseConv2d',
      DEPTHWISE,
      (x, filter, form, format) =>
        tf.depthwiseConv2d(
          x,
          filter,
          pair(form.stride),
          opPad(form.pad, format),
          format,
          pair(form.dilation),
          form.rounding,
        ),
      (x, filter, form) => depthwiseConvolution(x, filter, slidingOf(form)),
    ),
    ...inBothFormats(
      'fused.conv2d with bias and relu',
      CONVOLUTIONS,
      (x, filter, form, format) =>
        tf.fused.conv2d({
          ...{
            x,
            filter,
            strides: pair(form.stride),
            pad: opPad(form.pad, format),
            dataFormat: format,
            dilations: pair(form.dilation),
          },
          ...{
            bias: biasOf(filter.shape[3]),
            activation: 'relu' as const,
            ...(form.rounding && { dimRoundingMode: form.rounding }),
          },
        }),
      (x, filter, form) => relu(biased(convolution(x, filter, slidingOf(form)))),
    ),
    ...inBothFormats(
      'fused.conv2d with prelu',
      FEW,
      (x, filter, form, format) =>
        tf.fused.conv2d({
          ...{
            x,
            filter,
            strides: pair(form.stride),
            pad: opPad(form.pad, format),
            dataFormat: format,
            dilations: pair(form.dilation),
          },
          ...{ activation: 'prelu' as const, preluActivationWeights: biasOf(filter.shape[3]) },
        }),
      (x, filter, form) => {
        const y = convolution(x, filter, slidingOf(form));
        return ndArray(y.shape, (index) => {
          const value = y.values[placeOf(index, y.shape)] ?? 0;
          return value < 0 ? value * ((index.at(-1) ?? 0) - 1) : value;
        });
      },
    ),
    ...inBothFormats(
      'fused.depthwiseConv2d with bias and relu6',
      DEPTHWISE,
      (x, filter, form, format) =>
        tf.fused.depthwiseConv2d({
          ...{
            x,
            filter,
            strides: pair(form.stride),
            pad: opPad(form.pad, format) as 'same',
            dataFormat: format,
            dilations: pair(form.dilation),
          },
          ...{
            bias: biasOf(filter.shape[2] * filter.shape[3]),
            activation: 'relu6' as const,
            ...(form.rounding && { dimRoundingMode: form.rounding }),
          },
        }),
      (x, filter, form) => {
        const y = biased(depthwiseConvolution(x, filter, slidingOf(form)));
        return { ...y, values: y.values.map((value) => Math.min(6, Math.max(0, value))) };
      },
      ['NHWC'], // tfjs-core takes the last axis of x for its channels
    ),
    ...inBothFormats(
      'fused.depthwiseConv2d of as many rows as channels',
      [
        { x: [1, 2, 2, 2], filter: [3, 3, 2, 1], pad: 'same' },
        { x: [1, 2, 2, 2], filter: [3, 3, 2, 2], pad: 'same' },
      ],
      (x, filter, form, format) =>
        tf.fused.depthwiseConv2d({
          x,
          filter,
          strides: 1,
          pad: opPad(form.pad) as 'same',
          dataFormat: format,
          bias: biasOf(filter.shape[2] * filter.shape[3]),
        }),
      (x, filter, form) => biased(depthwiseConvolution(x, filter, slidingOf(form))),
    ),
    ...inBothFormats(
      'separableConv2d',
      DEPTHWISE.filter(({ pad }) => typeof pad === 'string' || pad === undefined),
      (x, filter, form, format) => {
        const pointwise = tensorOf<tf.Rank.R4>(wave([1, 1, filter.shape[2] * filter.shape[3], 2], 3));
        return tf.separableConv2d(
          x,
          filter,
          pointwise,
          pair(form.stride),
          form.pad === 'same' ? 'same' : 'valid',
          pair(form.dilation),
          format,
        );
      },
      (x, filter, form) => {
        const pointwise = wave([1, 1, (filter.shape[2] ?? 1) * (filter.shape[3] ?? 1), 2], 3);
        return convolution(depthwiseConvolution(x, filter, slidingOf(form)), pointwise, {
          strides: [1, 1],
          dilations: [1, 1],
          pad: 'valid',
        });
      },
      ['NHWC'], // tfjs-core refuses NCHW
    ),
    ...CONVOLUTIONS.filter(
      ({ pad, dilation, x }) => (typeof pad === 'string' || pad === undefined) && !dilation && x[0] !== 0,
    ).map((form): ForwardCase => {
      const [batch = 1, height = 1, width = 1] = form.x;
      const [kh = 1, kw = 1, outputs = 1, inputs = 1] = form.filter;
      const sliding = slidingOf(form);
      const like = convolution(
        { shape: [batch, height, width, outputs], values: [] },
        { shape: form.filter, values: [] },
        sliding,
      );
      const y = wave([batch, like.shape[1] ?? 1, like.shape[2] ?? 1, inputs], 1);
      const filter = wave([kh, kw, outputs, inputs], 2);
      return [
        `conv2dTranspose ${label(form)}`,
        () =>
          tf.conv2dTranspose(
            tensorOf<tf.Rank.R4>(y),
            tensorOf<tf.Rank.R4>(filter),
            [batch, height, width, outputs],
            pair(form.stride),
            opPad(form.pad) as 'same',
          ),
        within(transposedConvolution(y, filter, [height, width], sliding), SUMS),
      ];
    }),
    ...(
      [
        { x: [2, 7, 3], filter: [3, 3, 2], pad: 'same', stride: 1, dilation: 1 },
        { x: [1, 8, 2], filter: [2, 2, 3], pad: 'valid', stride: 3, dilation: 1 },
        { x: [1, 8, 2], filter: [3, 2, 3], pad: 'same', stride: 1, dilation: 2 },
        { x: [1, 9, 2], filter: [2, 2, 1], pad: 'same', stride: 4, dilation: 1 },
      ] as const
    ).map((form): ForwardCase => {
      const [x, filter] = [wave(form.x, 1), wave(form.filter, 2)];
      return [
        `conv1d ${JSON.stringify(form)}`,
        () =>
          tf.conv1d(tensorOf<tf.Rank.R3>(x), tensorOf<tf.Rank.R3>(filter), form.stride, form.pad, 'NWC', form.dilation),
        within(convolution(x, filter, { strides: [form.stride], dilations: [form.dilation], pad: form.pad }), SUMS),
      ];
    }),
    ...(
      [
        { x: [2, 3, 4, 3, 2], filter: [2, 2, 2, 2, 3], stride: 1, pad: 'same', dilation: 1 },
        { x: [1, 4, 4, 5, 2], filter: [2, 3, 2, 2, 2], stride: 2, pad: 'same', dilation: 1 },
        { x: [1, 4, 4, 5, 1], filter: [2, 2, 2, 1, 2], stride: 1, pad: 'valid', dilation: 2 },
        { x: [1, 5, 4, 4, 1], filter: [1, 2, 2, 1, 2], stride: 3, pad: 'same', dilation: 1 },
      ] as const
    ).map((form): ForwardCase => {
      const [x, filter] = [wave(form.x, 1), wave(form.filter, 2)];
      return [
        `conv3d ${JSON.stringify(form)}`,
        () =>
          tf.conv3d(
            tensorOf<tf.Rank.R5>(x),
            tensorOf<tf.Rank.R5>(filter),
            form.stride,
            form.pad,
            'NDHWC',
            form.dilation,
          ),
        within(
          convolution(x, filter, {
            strides: [1, 1, 1].map(() => form.stride),
            dilations: [1, 1, 1].map(() => form.dilation),
            pad: form.pad,
          }),
          SUMS,
        ),
      ];
    }),
    [
      'conv3dTranspose',
      () =>
        tf.conv3dTranspose(
          tensorOf<tf.Rank.R5>(wave([1, 2, 2, 3, 2], 1)),
          tensorOf<tf.Rank.R5>(wave([2, 2, 2, 3, 2], 2)),
          [1, 4, 4, 5, 3],
          2,
          'same',
        ),
      within(
        transposedConvolution(wave([1, 2, 2, 3, 2], 1), wave([2, 2, 2, 3, 2], 2), [4, 4, 5], {
          strides: [2, 2, 2],
          dilations: [1, 1, 1],
          pad: 'same',
        }),
        SUMS,
      ),
    ],
    ...(['float32'] as const).flatMap((): ForwardCase[] => {
      const x = { shape: [1, 5, 6, 2], values: wave([1, 5, 6, 2]).values.map((value, i) => (i === 26 ? NAN : value)) };
      const filter = wave([2, 2, 2, 3], 2);
      const deep = wave([2, 2, 2, 1], 2);
      const sliding: Sliding = { strides: [1, 1], dilations: [1, 1], pad: 'same' };
      const [plain, depthwise] = [convolution(x, filter, sliding), depthwiseConvolution(x, deep, sliding)];
      return [
        [
          'conv2d of one NaN',
          () => tf.conv2d(tensorOf<tf.Rank.R4>(x), tensorOf<tf.Rank.R4>(filter), 1, 'same'),
          within(plain, SUMS),
        ],
        [
          'conv2d by a filter with NaN',
          () => tf.conv2d(tf.ones<tf.Rank.R4>([1, 2, 2, 1]), tf.tensor4d([1, NAN, 2, 3], [1, 2, 1, 2]), 1, 'same'),
          wanted([3, NAN, 1, NAN, 3, NAN, 1, NAN], 'float32', [1, 2, 2, 2]),
        ],
        [
          'conv2d of infinities',
          () => tf.conv2d(tf.tensor4d([INFINITY, 1, -INFINITY, 1], [1, 1, 4, 1]), tf.ones([1, 2, 1, 1]), 1, 'same'),
          wanted([INFINITY, -INFINITY, -INFINITY, 1], 'float32', [1, 1, 4, 1]),
        ],
        [
          'conv2d that overflows',
          () => tf.conv2d(tf.fill<tf.Rank.R4>([1, 2, 2, 1], 3e38), tf.fill<tf.Rank.R4>([2, 2, 1, 1], 2), 1, 'valid'),
          wanted([INFINITY], 'float32', [1, 1, 1, 1]),
        ],
        [
          'fused.conv2d with relu of one NaN',
          () =>
            tf.fused.conv2d({
              x: tensorOf<tf.Rank.R4>(x),
              filter: tensorOf<tf.Rank.R4>(filter),
              strides: 1,
              pad: 'same',
              activation: 'relu',
            }),
          within(relu(plain), SUMS),
        ],
        [
          'fused.conv2d with relu6 of one NaN',
          () =>
            tf.fused.conv2d({
              x: tensorOf<tf.Rank.R4>(x),
              filter: tensorOf<tf.Rank.R4>(filter),
              strides: 1,
              pad: 'same',
              activation: 'relu6',
            }),
          within({ ...plain, values: plain.values.map((v) => Math.min(6, Math.max(0, v))) }, SUMS),
        ],
        [
          'depthwiseConv2d of one NaN',
          () => tf.depthwiseConv2d(tensorOf<tf.Rank.R4>(x), tensorOf<tf.Rank.R4>(deep), 1, 'same'),
          within(depthwise, SUMS),
        ],
        [
          'fused.depthwiseConv2d with relu of one NaN',
          () =>
            tf.fused.depthwiseConv2d({
              x: tensorOf<tf.Rank.R4>(x),
              filter: tensorOf<tf.Rank.R4>(deep),
              strides: 1,
              pad: 'same',
              activation: 'relu',
            }),
          within(relu(depthwise), SUMS),
        ],
      ];
    }),
  ]);
});

/** NaN is left out, as tfjs's own tests of maximum pooling have it. */
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
