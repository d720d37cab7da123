import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { axesOf, gradient, gradientOfMany, unbroadcast } from './gradient.ts';

type Blocks = { readonly blockShape: number[] };
type Depth = { readonly blockSize: number; readonly dataFormat: 'NHWC' | 'NCHW' };

/** Sums over the copies, one axis at a time: reshapes to [before, copies, length * after] and sums over the copies. */
function untile(dy: Tensor, shape: number[], reps: readonly number[]): Tensor {
  let sum = dy;
  for (const [axis, copies] of reps.entries()) {
    if (copies === 1) continue;
    const before = tf.util.sizeFromShape(shape.slice(0, axis)); // these axes are already summed
    const length = (shape[axis] ?? 1) * tf.util.sizeFromShape(sum.shape.slice(axis + 1));
    sum = tf.sum(tf.reshape(sum, [before, copies, length]), 1);
    const rest = reps.map((copies, i) => (i > axis ? copies : 1) * (shape[i] ?? 1));
    sum = tf.reshape(sum, rest);
  }
  return tf.reshape(sum, shape);
}

/** Moves blocks of pixels into channels: the inverse of `depthToSpace`. */
function spaceToDepth(dy: Tensor, { blockSize: block, dataFormat }: Depth): Tensor {
  if (dataFormat === 'NCHW') {
    const last = spaceToDepth(tf.transpose(dy, [0, 2, 3, 1]), { blockSize: block, dataFormat: 'NHWC' });
    return tf.transpose(last, [0, 3, 1, 2]);
  }
  const [batch = 0, height = 0, width = 0, channels = 0] = dy.shape;
  const [rows, columns] = [height / block, width / block];
  // [batch * rows, block, columns, block * channels]: one row of a block is contiguous
  const split = tf.reshape(dy, [batch * rows, block, columns, block * channels]);
  return tf.reshape(tf.transpose(split, [0, 2, 1, 3]), [batch, rows, columns, block * block * channels]);
}

/** Operations that only move entries or change shapes. */
export const shapeGradients: readonly GradConfig[] = [
  gradient('Reshape', { inputs: ['x'] }, (dy, [x]) => ({ x: () => tf.reshape(dy, (x as Tensor).shape) })),
  gradient('ExpandDims', { inputs: ['input'] }, (dy, [input]) => ({
    input: () => tf.reshape(dy, (input as Tensor).shape),
  })),
  gradient<{ perm: number[] }>('Transpose', {}, (dy, _, { perm }) => ({
    x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm)),
  })),
  gradient<{ dims: number | number[] }>('Reverse', {}, (dy, _, { dims }) => ({
    x: () => tf.reverse(dy, axesOf(dims, dy.shape)),
  })),
  gradient('FlipLeftRight', {}, (dy) => ({ image: () => tf.reverse(dy, 2) })),
  gradient<{ reps: number[] }>('Tile', { inputs: ['x'] }, (dy, [x], { reps }) => ({
    x: () => untile(dy, (x as Tensor).shape, reps),
  })),
  gradient<{ inputShape?: number[] }>('BroadcastTo', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => unbroadcast(dy, (x as Tensor).shape),
  })),
  gradient<Blocks & { paddings: number[][] }>('SpaceToBatchND', {}, (dy, _, { blockShape, paddings }) => ({
    x: () => tf.batchToSpaceND(dy, blockShape, paddings),
  })),
  gradient<Blocks & { crops: number[][] }>('BatchToSpaceND', {}, (dy, _, { blockShape, crops }) => ({
    x: () => tf.spaceToBatchND(dy, blockShape, crops),
  })),
  gradient<Depth>('DepthToSpace', {}, (dy, _, attrs) => ({ x: () => spaceToDepth(dy, attrs) })),
  gradient<{ axis: number }>('Concat', { inputs: 'all' }, (dy, saved, { axis }) => {
    const [along = 0] = axesOf(axis, dy.shape);
    const pull = (i: number): Tensor => {
      const { shape } = saved[i] as Tensor;
      const before = saved.slice(0, i).reduce((sum, other) => sum + (other.shape[along] ?? 0), 0);
      const begin = shape.map((_, j) => (j === along ? before : 0));
      return tf.slice(dy, begin, shape);
    };
    return Object.fromEntries(saved.map((_, i) => [i, () => pull(i)] as const));
  }),
  gradient<{ axis: number }>('Pack', { inputs: 'all' }, (dy, saved, { axis }) => {
    const [along = 0] = axesOf(axis, dy.shape);
    const pull = (i: number): Tensor => {
      const begin = dy.shape.map((_, j) => (j === along ? i : 0));
      const size = dy.shape.map((length, j) => (j === along ? 1 : length));
      return tf.reshape(tf.slice(dy, begin, size), (saved[i] as Tensor).shape);
    };
    return Object.fromEntries(saved.map((_, i) => [i, () => pull(i)] as const));
  }),
  gradientOfMany<{ axis: number }>('SplitV', {}, (dys, _, { axis }) => ({ x: () => tf.concat(dys, axis) })),
  gradientOfMany<{ axis: number }>('Unpack', {}, (dys, _, { axis }) => ({ value: () => tf.stack(dys, axis) })),
];
