import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import type { Axis } from './convolution-geometry.ts';
import { indicator } from './gradient.ts';
import { sliceAxis, spreadAxis } from './slicing.ts';

/**
 * The gradient of a maximum over windows: the first entry of a window that equals the maximum gets all of dy.
 * Loops over the entries of the window. For each, a strided slice reads that entry of all windows, and their gradient is added at the same positions.
 */
export function maximumGradient(dy: Tensor, x: Tensor, y: Tensor, axes: readonly Axis[]): Tensor {
  const around = marginsOf(axes);
  const padded = tf.pad(x, around, Number.NEGATIVE_INFINITY);
  const begin = around.map(([before]) => before);
  let unassigned = tf.onesLike(dy);
  let dx = tf.zeros(padded.shape);
  for (const entry of entriesOf(axes)) {
    const entries = entryOfWindows(padded, entry, axes);
    const isMaximum = tf.mul(unassigned, indicator(tf.equal(entries, y)));
    unassigned = tf.sub(unassigned, isMaximum);
    dx = tf.add(dx, scatterEntry(tf.mul(dy, isMaximum), entry, axes, padded.shape));
  }
  return tf.slice(dx, begin, x.shape);
}

/** The transpose of `maximumGradient`, for the second gradient: of each window, the entry of `ddx` where x is largest. */
export function maximumPick(ddx: Tensor, x: Tensor, y: Tensor, axes: readonly Axis[]): Tensor {
  const around = marginsOf(axes);
  const [padded, above] = [tf.pad(x, around, Number.NEGATIVE_INFINITY), tf.pad(ddx, around)];
  let unassigned = tf.onesLike(y);
  let picked = tf.zerosLike(y);
  for (const entry of entriesOf(axes)) {
    const isMaximum = tf.mul(unassigned, indicator(tf.equal(entryOfWindows(padded, entry, axes), y)));
    unassigned = tf.sub(unassigned, isMaximum);
    picked = tf.add(picked, tf.mul(isMaximum, entryOfWindows(above, entry, axes)));
  }
  return picked;
}

function marginsOf(axes: readonly Axis[]): [number, number][] {
  return [[0, 0], ...axes.map(({ before, after }): [number, number] => [before, after]), [0, 0]];
}

/** The index of every entry of a window. */
function entriesOf(axes: readonly Axis[]): number[][] {
  return axes.reduce<number[][]>(
    (all, { filter }) => all.flatMap((entry) => Array.from({ length: filter }, (_, i) => [...entry, i])),
    [[]],
  );
}

/** One entry of each window, for all windows. */
function entryOfWindows(padded: Tensor, entry: readonly number[], axes: readonly Axis[]): Tensor {
  return axes.reduce((x, { output, stride }, i) => {
    const axis = i + 1;
    const used = sliceAxis(x, axis, entry[i] ?? 0, (output - 1) * stride + 1);
    const ones = x.shape.map(() => 1);
    return tf.stridedSlice(used, x.shape.map(() => 0), used.shape, ones.with(axis, stride)); // biome-ignore format: one thought
  }, padded);
}

function scatterEntry(dy: Tensor, entry: readonly number[], axes: readonly Axis[], shape: readonly number[]): Tensor {
  return axes.reduce((dx, { stride }, i) => spreadAxis(dx, i + 1, entry[i] ?? 0, stride, shape[i + 1] ?? 0), dy);
}
