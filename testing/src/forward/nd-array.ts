import * as tf from '@tensorflow/tfjs-core';

/** A float64 array in row-major order, for the references of the forward values. */
export type NdArray = { readonly shape: readonly number[]; readonly values: readonly number[] };

type Index = readonly number[];

/** The array whose entry at each index is `entry(index)`. */
export function ndArray(shape: readonly number[], entry: (index: Index) => number): NdArray {
  const values = Array.from({ length: sizeOf(shape) }, (_, place) => entry(indexOf(place, shape)));
  return { shape, values };
}

/** The entry at an index; 0 outside of the array, as in the padding of a convolution. */
export function at({ shape, values }: NdArray, index: Index): number {
  let place = 0;
  for (const [axis, length] of shape.entries()) {
    const i = index[axis] ?? 0;
    if (i < 0 || i >= length) return 0;
    place = place * length + i;
  }
  return values[place] ?? 0;
}

/** Every index of a shape, in row-major order. */
export function indices(shape: readonly number[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, place) => indexOf(place, shape));
}

/** A sine wave: neighboring entries differ; rounded to float32. */
export function wave(shape: readonly number[], seed = 1): NdArray {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => Math.fround(2 * Math.sin(1.7 * i + seed)));
  return { shape, values };
}

/** Whole numbers of both signs, with repetitions. */
export function integers(shape: readonly number[], seed = 1): NdArray {
  return { shape, values: wave(shape, seed).values.map((value) => Math.round(4 * value)) };
}

/** The array as a tensor, which the caller disposes. */
export function tensorOf<R extends tf.Rank = tf.Rank>(
  { shape, values }: NdArray,
  dtype: 'float32' | 'int32' | 'bool' = 'float32',
): tf.Tensor<R> {
  return tf.tensor<R>([...values], [...shape] as tf.ShapeMap[R], dtype);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

function indexOf(place: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length).fill(0);
  let rest = place;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    index[axis] = rest % length;
    rest = Math.floor(rest / length);
  }
  return index;
}
