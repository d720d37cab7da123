import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { axesOf, float, gradient, gradientOfMany } from './gradient.ts';

type Gather = { readonly axis: number; readonly batchDims: number };

const size = (lengths: readonly number[]): number => tf.util.sizeFromShape([...lengths]);

/** Sums the rows of `values` [n, m] that have the same index; returns [rows, m]. */
export function sumRows(values: Tensor, indices: Tensor, rows: number): Tensor {
  if (values.size === 0) return tf.zeros([rows, values.shape[1] ?? 0]);
  return tf.scatterND(tf.reshape(indices, [-1, 1]), values, [rows, values.shape[1] ?? 1]);
}

/** The gradient of `gather`: views x as [batch, outer, axis, inner] and sums the rows of dy by batch and index along the axis. */
function gatherGradient(dy: Tensor, x: Tensor, indices: Tensor, { axis, batchDims }: Gather): Tensor {
  const [along = 0] = axesOf(axis, x.shape);
  const skipped = (batchDims + x.rank) % x.rank;
  const [batch, outer] = [size(x.shape.slice(0, skipped)), size(x.shape.slice(skipped, along))];
  const [length, inner] = [x.shape[along] ?? 0, size(x.shape.slice(along + 1))];
  const taken = indices.size / batch;
  const values = tf.transpose(tf.reshape(dy, [batch, outer, taken, inner]), [0, 2, 1, 3]);
  const first = tf.reshape(tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(length, 'int32')), [batch, 1]);
  const places = tf.add(tf.reshape(tf.cast(indices, 'int32'), [batch, taken]), first);
  const sums = sumRows(tf.reshape(values, [batch * taken, outer * inner]), places, batch * length);
  return tf.reshape(tf.transpose(tf.reshape(sums, [batch, length, outer, inner]), [0, 2, 1, 3]), x.shape);
}

/** The rows of `values` at the indices; zeros where an index is out of range. */
export function takeRows(values: Tensor, indices: Tensor): Tensor {
  const rows = values.shape[0] ?? 0;
  const inside = tf.logicalAnd(tf.greaterEqual(indices, 0), tf.less(indices, rows));
  const taken = tf.gather(values, tf.cast(tf.clipByValue(indices, 0, Math.max(0, rows - 1)), 'int32'));
  const mask = tf.reshape(inside, [...indices.shape, ...values.shape.slice(1).map(() => 1)]);
  return tf.where(mask, taken, tf.zerosLike(taken));
}

/** Reshapes `indices` [..., k] to [n, k] and `values` to [n, ...]. */
function listed(indices: Tensor, values: Tensor): { indices: Tensor; values: Tensor } {
  const depth = indices.shape[indices.rank - 1] ?? 1;
  const rest = values.shape.slice(indices.rank - 1);
  return { indices: tf.reshape(indices, [-1, depth]), values: tf.reshape(values, [indices.size / depth, ...rest]) };
}

/** Gathers, scatters, top-k, segment sums and counts. */
export const indexingGradients: readonly GradConfig[] = [
  gradient<Gather>('GatherV2', { inputs: ['x', 'indices'] }, (dy, [x, indices], attrs) => ({
    x: () => gatherGradient(dy, x as Tensor, indices as Tensor, attrs),
  })),
  gradient('GatherNd', { inputs: ['params', 'indices'] }, (dy, [params, indices]) => ({
    params: () => {
      const { indices: places, values } = listed(indices as Tensor, dy);
      return tf.scatterND(places, values, (params as Tensor).shape);
    },
  })),
  gradient('ScatterNd', { inputs: ['indices'] }, (dy, [indices]) => ({
    updates: () => tf.gatherND(dy, indices as Tensor),
  })),
  gradient('TensorScatterUpdate', { inputs: ['indices', 'updates'] }, (dy, saved) => {
    const [indices, updates] = saved as [Tensor, Tensor];
    return {
      // tensorScatterUpdate itself would do, but its kernel in tfjs overwrites its input
      tensor: () => {
        const replaced = tf.scatterND(indices, tf.ones(updates.shape), dy.shape);
        return tf.where(tf.greater(replaced, 0), tf.zerosLike(dy), dy);
      },
      updates: () => tf.gatherND(dy, indices),
    };
  }),
  gradient('SparseToDense', { inputs: ['sparseIndices', 'sparseValues'] }, (dy, saved) => {
    const [indices, values] = saved as [Tensor, Tensor];
    const depth = indices.rank < 2 ? 1 : (indices.shape[1] ?? 1);
    const places = tf.reshape(indices, [-1, depth]);
    const given = (): Tensor => tf.gatherND(dy, places);
    return {
      sparseValues: () => (values.rank === 0 ? tf.sum(given()) : tf.reshape(given(), values.shape)),
      defaultValue: () => tf.sub(tf.sum(dy), tf.sum(given())),
    };
  }),
  gradient('UnsortedSegmentSum', { inputs: ['segmentIds'] }, (dy, [segmentIds]) => ({
    x: () => takeRows(dy, segmentIds as Tensor),
  })),
  gradientOfMany('TopK', { inputs: ['x'], outputs: [1] }, ([dy], saved) => {
    const [x, indices] = saved as [Tensor, Tensor];
    return {
      x: () => {
        const columns = x.shape[x.rank - 1] ?? 0;
        const taken = indices.shape[x.rank - 1] ?? 0;
        const rows = x.size / columns;
        const first = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(columns, 'int32'));
        const places = tf.add(tf.reshape(indices, [rows, taken]), tf.reshape(first, [rows, 1]));
        return tf.reshape(sumRows(tf.reshape(dy as Tensor, [rows * taken, 1]), places, x.size), x.shape);
      },
    };
  }),
  ...(['DenseBincount', 'Bincount'] as const).map((name) =>
    gradient(name, { inputs: ['x'] }, (dy, saved) => {
      const [x] = saved as [Tensor];
      // an x of [rows, n] is counted per row; other shapes are counted as a whole
      const rows = x.rank === 2 ? (x.shape[0] ?? 1) : 1;
      const bins = dy.size / rows;
      const first = tf.reshape(tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(bins, 'int32')), [rows, 1]);
      const bin = tf.reshape(tf.cast(x, 'int32'), [rows, -1]);
      const counted = tf.logicalAnd(tf.greaterEqual(bin, 0), tf.less(bin, bins));
      const places = tf.where(counted, tf.add(bin, first), tf.fill(bin.shape, -1, 'int32'));
      return { weights: () => tf.reshape(takeRows(tf.reshape(float(dy), [-1]), places), x.shape) };
    }),
  ),
];
