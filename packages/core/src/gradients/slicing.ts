import type { GradConfig, StridedSliceAttrs, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient } from './gradient.ts';

type Paddings = { readonly paddings: readonly (readonly [number, number])[] };
type Mirror = Paddings & { readonly mode: 'reflect' | 'symmetric' };
/** A type alias, because TypeScript does not accept an interface as `NamedAttrMap`. */
type Strided = Pick<StridedSliceAttrs, keyof StridedSliceAttrs>;

/** Pads with zeros along one axis. */
function padAxis(x: Tensor, axis: number, before: number, after: number): Tensor {
  return tf.pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [before, after] : [0, 0])),
  );
}

/** Slices `length` entries from `begin` on, along one axis. */
export function sliceAxis(x: Tensor, axis: number, begin: number, length: number): Tensor {
  return tf.slice(
    x,
    x.shape.map((_, i) => (i === axis ? begin : 0)),
    x.shape.map((all, i) => (i === axis ? length : all)),
  );
}

/** Adds the mirrored entries at both ends of an axis to the entries that they mirror. */
function foldMirror(dy: Tensor, axis: number, [before, after]: readonly [number, number], edge: 0 | 1): Tensor {
  const length = (dy.shape[axis] ?? 0) - before - after;
  let sum = sliceAxis(dy, axis, before, length);
  if (before > 0) {
    const image = tf.reverse(sliceAxis(dy, axis, 0, before), axis);
    sum = tf.add(sum, padAxis(image, axis, edge, length - before - edge));
  }
  if (after > 0) {
    const image = tf.reverse(sliceAxis(dy, axis, before + length, after), axis);
    sum = tf.add(sum, padAxis(image, axis, length - after - edge, edge));
  }
  return sum;
}

/** The transpose of a strided slice along one axis: places entry i at `begin + i stride` among zeros, in an axis of the given length. */
export function spreadAxis(dy: Tensor, axis: number, begin: number, stride: number, length: number): Tensor {
  const count = dy.shape[axis] ?? 0;
  if (stride === 1) return padAxis(dy, axis, begin, length - begin - count);
  const forward = stride < 0 ? tf.reverse(dy, axis) : dy;
  const first = stride < 0 ? begin + (count - 1) * stride : begin;
  const gap = Math.abs(stride);
  const [outer, inner] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)].map(tf.util.sizeFromShape);
  const apart = tf.pad(tf.reshape(forward, [outer ?? 1, count, 1, inner ?? 1]), [
    [0, 0],
    [0, 0],
    [0, gap - 1],
    [0, 0],
  ]);
  const shape = dy.shape.map((all, i) => (i === axis ? count * gap : all));
  const used = sliceAxis(tf.reshape(apart, shape), axis, 0, (count - 1) * gap + 1);
  return padAxis(used, axis, first, length - first - ((count - 1) * gap + 1));
}

function stridedSliceGradient(dy: Tensor, { shape }: Tensor, attrs: Strided): Tensor {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const info = tf.slice_util.sliceInfo(
    ...([shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const),
  );
  const counts = shape.map((_, axis) =>
    tf.slice_util.computeOutShape([info.begin[axis] ?? 0], [info.end[axis] ?? 0], [info.strides[axis] ?? 1]),
  );
  if (dy.size === 0) return tf.zeros(shape);
  const dense = tf.reshape(dy, counts.flat());
  return shape.reduce(
    (dx, length, axis) => spreadAxis(dx, axis, info.begin[axis] ?? 0, info.strides[axis] ?? 1, length),
    dense,
  );
}

/** Slices and padding. */
export const slicingGradients: readonly GradConfig[] = [
  gradient<{ begin: number | number[]; size: number | number[] }>('Slice', { inputs: ['x'] }, (dy, saved, attrs) => {
    const [x] = saved as [Tensor];
    return {
      x: () => {
        const [begin = [], size = []] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size);
        const around = x.shape.map((length, axis): [number, number] => {
          const before = begin[axis] ?? 0;
          return [before, length - before - (size[axis] ?? length)];
        });
        return tf.pad(dy, around);
      },
    };
  }),
  gradient<Strided>('StridedSlice', { inputs: ['x'] }, (dy, [x], attrs) => ({
    x: () => stridedSliceGradient(dy, x as Tensor, attrs),
  })),
  gradient<Paddings>('PadV2', { inputs: ['x'] }, (dy, [x], { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        paddings.map(([before]) => before),
        (x as Tensor).shape,
      ),
  })),
  gradient<Mirror>('MirrorPad', {}, (dy, _, { paddings, mode }) => ({
    x: () =>
      paddings.reduce((sum, padding, axis) => foldMirror(sum, axis, padding, mode === 'reflect' ? 1 : 0), tf.clone(dy)),
  })),
];
