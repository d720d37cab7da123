import * as tf from '@tensorflow/tfjs-core';

import { type ForwardCase, within } from './forward-cases.ts';
import { type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';
import { channelsFirst, type Padding, type Rounding, type Sliding } from './window-references.ts';

/** Largest error of convolutions on `native`, relative to the largest output: 3e-5 of Winograd, plus rounding of the compared values. */
export const SUMS = 5e-5;

export type Form = {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  readonly pad?: Padding;
  readonly rounding?: Rounding;
};

export const pair = (value: number | readonly [number, number] | undefined): [number, number] =>
  value === undefined ? [1, 1] : typeof value === 'number' ? [value, value] : [value[0], value[1]];

export const slidingOf = ({ stride, dilation, pad = 'valid', rounding }: Form): Sliding => ({
  strides: pair(stride),
  dilations: pair(dilation),
  pad,
  rounding,
});

export type OpPad =
  | 'same'
  | 'valid'
  | number
  | [[number, number], [number, number], [number, number], [number, number]];

/** Explicit pads in the form that the ops take: one pair per axis of the layout. */
export function opPad(pad: Padding = 'valid', format: 'NHWC' | 'NCHW' = 'NHWC'): OpPad {
  if (typeof pad === 'string' || typeof pad === 'number') return pad;
  const [rows = [0, 0], columns = [0, 0]] = pad.map(([before, after]): [number, number] => [before, after]) as [
    number,
    number,
  ][];
  return format === 'NHWC' ? [[0, 0], rows, columns, [0, 0]] : [[0, 0], [0, 0], rows, columns];
}

export const label = (form: Form): string => JSON.stringify(form).replace(/"/g, '');

export const CONVOLUTIONS: readonly Form[] = [
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

export const DEPTHWISE: readonly Form[] = CONVOLUTIONS.flatMap((form) =>
  [1, 2].map((multiplier) => ({
    ...form,
    filter: [form.filter[0] ?? 1, form.filter[1] ?? 1, form.x[3] ?? 1, multiplier],
  })),
);

const hasDilationAndStride = (form: Form): boolean =>
  Math.max(...pair(form.dilation)) > 1 && Math.max(...pair(form.stride)) > 1;

export function inBothFormats(
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

export const relu = (y: NdArray): NdArray => ({ ...y, values: y.values.map((value) => Math.max(0, value)) });

/** Adds a bias per channel, channels last. */
export const biased = (y: NdArray): NdArray =>
  ndArray(y.shape, (index) => (y.values[placeOf(index, y.shape)] ?? 0) + (index.at(-1) ?? 0) - 1);

export const placeOf = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((place, i, axis) => place * (shape[axis] ?? 1) + i, 0);

export const biasOf = (channels: number): tf.Tensor1D => tf.tensor1d(Array.from({ length: channels }, (_, i) => i - 1));
