import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward } from './forward-cases.ts';
import { ndArray, tensorOf, wave } from './nd-array.ts';
import {
  biased,
  biasOf,
  CONVOLUTIONS,
  DEPTHWISE,
  inBothFormats,
  opPad,
  pair,
  placeOf,
  relu,
  slidingOf,
} from './window-forms.ts';
import { convolution, depthwiseConvolution } from './window-references.ts';

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
      ['NHWC'], // tfjs-core takes the last axis of x as its channels
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
  ]);
});
