import * as tf from '@tensorflow/tfjs-core';

import type { ForwardCase } from './forward-cases.ts';
import { at, type NdArray, ndArray, sizeOf } from './nd-array.ts';

export type Dtype = 'float32' | 'int32' | 'bool' | 'string';

export const DTYPES: readonly Dtype[] = ['float32', 'int32', 'bool', 'string'];

/** The positions 1, 2, 3, ... of the entries of an array. */
export const counted = (shape: readonly number[]): NdArray => ({
  shape,
  values: Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
});

/** The value at a position, for a dtype: distinct values, or for bool every third true. Position 0 is the value of padding. */
export function entry(place: number, dtype: Dtype): number | string {
  if (dtype === 'string') return place === 0 ? '' : `s${place}`;
  if (dtype === 'bool') return place % 3 === 1 ? 1 : 0;
  if (place === 0) return 0;
  return dtype === 'int32' ? place * 1000003 : place + 0.25;
}

export function tensor(x: NdArray, dtype: Dtype): tf.Tensor {
  return tf.tensor(x.values.map((place) => entry(place, dtype)) as number[], [...x.shape], dtype);
}

export const label = (list: readonly unknown[]): string => `[${list.join(', ')}]`;

/** Cases of an op that only moves entries, for every dtype that it takes. */
export function moved(
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

export const NUMERIC: readonly Dtype[] = ['float32', 'int32', 'bool'];

export const sliced = (x: NdArray, begin: readonly number[], size: readonly number[]): NdArray =>
  ndArray(size, (index) =>
    at(
      x,
      index.map((i, axis) => i + (begin[axis] ?? 0)),
    ),
  );
