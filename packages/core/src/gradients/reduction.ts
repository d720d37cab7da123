import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { cumulativeProductGradient } from './cumulative-product.ts';
import { axesOf, float, gradient, indicator, keptShape } from './gradient.ts';

type Axis = { readonly axis?: number | number[] };
type Scan = { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

/** Broadcasts dy back over the reduced axes, to the shape of `x`. */
function broadcastBack(dy: Tensor, x: Tensor, axes: number[]): Tensor {
  return tf.broadcastTo(tf.reshape(dy, keptShape(x.shape, axes)), x.shape);
}

/** The gradient of a maximum or minimum: entries that tie share it equally. */
function extreme(dy: Tensor, x: Tensor, y: Tensor, axes: number[]): Tensor {
  const kept = keptShape(x.shape, axes);
  const isExtreme = indicator(tf.equal(x, tf.reshape(y, kept)));
  return tf.mul(isExtreme, tf.div(tf.reshape(dy, kept), tf.sum(isExtreme, axes, true)));
}

/** d prod / dx: the product of all other entries, computed as the product of those before times the product of those after. */
function productGradient(dy: Tensor, x: Tensor, axes: number[]): Tensor {
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  const moved = tf.transpose(x, order);
  const rows = tf.reshape(moved, [tf.util.sizeFromShape(others.map((axis) => x.shape[axis] ?? 1)), -1]);
  const rest = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
  const dx = tf.reshape(tf.mul(rest, tf.reshape(dy, [-1, 1])), moved.shape);
  return tf.transpose(dx, tf.backend_util.getUndoAxesPermutation(order));
}

/** Sums, means, extremes, products, and cumulative sums and products. */
export const reductionGradients: readonly GradConfig[] = [
  gradient<Axis>('Sum', { inputs: ['x'] }, (dy, saved, { axis }) => {
    const [x] = saved as [Tensor];
    return { x: () => broadcastBack(float(dy), x, axesOf(axis, x.shape)) };
  }),
  gradient<Axis>('Mean', { inputs: ['x'] }, (dy, saved, { axis }) => {
    const [x] = saved as [Tensor];
    const axes = axesOf(axis, x.shape);
    const count = tf.util.sizeFromShape(axes.map((i) => x.shape[i] ?? 1));
    return { x: () => broadcastBack(tf.div(dy, count), x, axes) };
  }),
  gradient<{ reductionIndices?: number | number[] }>(
    'Max',
    { inputs: ['x'], outputs: [0] },
    (dy, saved, { reductionIndices }) => {
      const [x, y] = saved as [Tensor, Tensor];
      return { x: () => extreme(dy, x, y, axesOf(reductionIndices, x.shape)) };
    },
  ),
  gradient<Axis>('Min', { inputs: ['x'], outputs: [0] }, (dy, saved, { axis }) => {
    const [x, y] = saved as [Tensor, Tensor];
    return { x: () => extreme(dy, x, y, axesOf(axis, x.shape)) };
  }),
  gradient<Axis>('Prod', { inputs: ['x'] }, (dy, saved, { axis }) => {
    const [x] = saved as [Tensor];
    return { x: () => productGradient(dy, float(x), axesOf(axis, x.shape)) };
  }),
  gradient<Scan>('Cumsum', {}, (dy, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, axis, exclusive, !reverse),
  })),
  gradient<Scan>('Cumprod', { inputs: ['x'] }, (dy, saved, { axis, exclusive, reverse }) => {
    const [x] = saved as [Tensor];
    const [along] = axesOf(axis, x.shape);
    return { x: () => cumulativeProductGradient(dy, float(x), { axis: along ?? 0, exclusive, reverse }) };
  }),
];
