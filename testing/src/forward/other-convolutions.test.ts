import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted, within } from './forward-cases.ts';
import { tensorOf, wave } from './nd-array.ts';
import { CONVOLUTIONS, label, opPad, pair, relu, SUMS, slidingOf } from './window-forms.ts';
import { convolution, depthwiseConvolution, type Sliding, transposedConvolution } from './window-references.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

describe('convolutions of other ranks, transposed, and of NaN', () => {
  testForward([
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
