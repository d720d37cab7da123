import * as tf from '@tensorflow/tfjs-core';
import { type Spatial, window } from './convolution-rows.fixture.ts';
import { at, build, type NdArray, reshaped, total } from './nd-array.fixture.ts';
import { type Row, some } from './row.fixture.ts';

const average = (values: readonly number[]): number => total(values) / values.length;
const largest = (values: readonly number[]): number => Math.max(...values);

/** Reduces the pixels of each window that lie inside the input with f. */
function pool(
  x: NdArray,
  size: readonly number[],
  spatial: Spatial,
  f: (values: readonly number[]) => number,
): NdArray {
  const windows = size.map((length, i) => window(x.shape[i + 1] ?? 0, length, i, spatial));
  return build([x.shape[0] ?? 0, ...windows.map(({ out }) => out), x.shape.at(-1) ?? 0], (...index) => {
    const values: number[] = [];
    build(size, (...tap) => {
      const place = windows.map((w, i) => (index[i + 1] ?? 0) * w.stride + (tap[i] ?? 0) * w.dilation - w.before);
      const value = at(x, [index[0] ?? 0, ...place, index.at(-1) ?? 0], Number.NaN);
      if (!Number.isNaN(value)) values.push(value);
      return 0;
    });
    return f(values);
  });
}

const IMAGES: readonly (readonly [form: string, size: readonly [number, number], Spatial])[] = [
  ['valid', [2, 2], { strides: [2, 2] }],
  ['overlapping', [3, 2], { strides: [2, 1] }],
  ['same, stride 1', [3, 3], { strides: [1, 1], pad: 'same' }],
  ['same, stride 2', [3, 3], { strides: [2, 2], pad: 'same' }],
  ['padding 1', [3, 3], { strides: [2, 2], pad: 1 }],
  ['padding by side', [2, 3], { strides: [2, 2], pad: [[1, 0], [0, 2]] }],
  ['padding 1, floor', [2, 2], { strides: [3, 3], pad: 1, rounding: 'floor' }],
  ['padding 0, ceil', [2, 2], { strides: [2, 2], pad: 0, rounding: 'ceil' }],
  ['padding 0, round', [2, 2], { strides: [2, 2], pad: 0, rounding: 'round' }],
  ['1 x 1, stride 2', [1, 1], { strides: [2, 2] }],
]; // biome-ignore format: a form a line

const explicit = ({ pad = 'valid' }: Spatial) => (typeof pad === 'object' ? [[0, 0], ...pad, [0, 0]] : pad) as never;

const images: Row[] = IMAGES.flatMap(([form, size, spatial]) =>
  [['avgPool', tf.avgPool, average] as const, ['maxPool', tf.maxPool, largest] as const].map(
    ([name, run, f]): Row => ({
      name: `${name}: ${form}`,
      inputs: [some([2, 5, 7, 2])],
      run: (x) =>
        run(x as tf.Tensor4D, [...size], spatial.strides as [number, number], explicit(spatial), spatial.rounding),
      reference: (x) => pool(x as NdArray, size, spatial, f),
    }),
  ),
);

const VOLUMES: readonly (readonly [form: string, size: readonly [number, number, number], Spatial])[] = [
  ['valid', [2, 2, 2], { strides: [2, 2, 2] }],
  ['same, stride 1', [3, 2, 3], { strides: [1, 1, 1], pad: 'same' }],
  ['same, stride 2', [2, 3, 2], { strides: [2, 2, 2], pad: 'same' }],
  ['padding 0, ceil', [2, 3, 2], { strides: [2, 2, 2], pad: 0, rounding: 'ceil' }],
  ['padding 1, floor', [3, 2, 3], { strides: [2, 2, 2], pad: 1, rounding: 'floor' }],
];
const volumes: Row[] = VOLUMES.flatMap(([form, size, spatial]) =>
  [['avgPool3d', tf.avgPool3d, average] as const, ['maxPool3d', tf.maxPool3d, largest] as const].map(
    ([name, run, f]): Row => ({
      name: `${name}: ${form}`,
      inputs: [some([2, 3, 4, 3, 2])],
      run: (x) =>
        run(
          x as tf.Tensor5D,
          [...size],
          spatial.strides as [number, number, number],
          explicit(spatial),
          spatial.rounding,
        ),
      reference: (x) => pool(x as NdArray, size, spatial, f),
    }),
  ),
);

const DILATED: readonly (readonly ['avg' | 'max', 'valid' | 'same'])[] = [
  ['avg', 'valid'],
  ['max', 'valid'],
];

/** Pooling of images and volumes. */
export const poolingRows: readonly Row[] = [
  ...images,
  ...volumes,
  ...DILATED.map(
    ([kind, pad]): Row => ({
      name: `pool: ${kind}, ${pad}, dilation 2`,
      inputs: [some([2, 5, 6, 2])],
      run: (x) => tf.pool(x as tf.Tensor4D, [2, 2], kind, pad, [2, 2], [1, 1]),
      reference: (x) => pool(x as NdArray, [2, 2], { pad, dilations: [2, 2] }, kind === 'avg' ? average : largest),
    }),
  ),
  {
    name: 'avgPool: an image without batch, same',
    inputs: [some([5, 4, 2])],
    run: (x) => tf.avgPool(x as tf.Tensor3D, 3, 2, 'same'),
    reference: (x) => {
      const one = reshaped(x as NdArray, [1, 5, 4, 2]);
      const y = pool(one, [3, 3], { pad: 'same', strides: [2, 2] }, average);
      return reshaped(y, y.shape.slice(1));
    },
  },
];
