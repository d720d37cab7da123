import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';

/**
 * Projects onto the intersection of the l1 ball around `center` and the box [0, 1], exactly: each pixel moves by
 * sign(d) min(max(|d| - t, 0), room), d = x - c, room = what the box leaves in that direction, with the least t >= 0 that makes the
 * absolute values sum to at most epsilon. The sum is piecewise linear in t with breaks at |d| and |d| - room: they are sorted, and t is
 * solved for in the piece that contains epsilon.
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape, in [0, 1].
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point in l2; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208
 */
export function projectL1Box(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape('[@st/attacks] projectL1Box', 'x', x, center.shape);
  return tf.tidy(() => {
    const origin = flatRows(center);
    const delta: tf.Tensor2D = tf.sub(flatRows(x), origin);
    const size: tf.Tensor2D = tf.abs(delta);
    const room = tf.where(tf.greater(delta, 0), tf.sub(1, origin), origin) as tf.Tensor2D;
    const rough = thresholdOf(size, room, epsilon);
    const threshold = refine(rough, size, room, epsilon);
    const moved = tf.mul(tf.sign(delta), movement(size, room, threshold));
    return tf.add(center, tf.reshape(moved, x.shape));
  });
}

/** How far each pixel moves at threshold t: min(max(size - t, 0), room). */
function movement(size: tf.Tensor2D, room: tf.Tensor2D, threshold: tf.Tensor2D): tf.Tensor2D {
  return tf.minimum(tf.relu(tf.sub(size, threshold)), room);
}

/** The t >= 0 at which the movements sum to epsilon, or 0 where they sum to less; `[batch, 1]`. */
function thresholdOf(size: tf.Tensor2D, room: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const [rows, width] = size.shape;
  // going down from t = infinity, a pixel starts to move at t = size and stops at t = size - room
  const breaks = tf.topk(tf.concat([size, tf.sub(size, room)], 1), 2 * width);
  const moving = tf.cumsum(tf.where(tf.less(breaks.indices, width), 1, -1), 1);
  const before = [rows, 2 * width - 1] as const;
  const t = tf.slice(breaks.values, [0, 0], [...before]);
  const slope = tf.cast(tf.slice(moving, [0, 0], [...before]), 'float32');
  const gap = tf.sub(t, tf.slice(breaks.values, [0, 1], [...before]));
  const sumAfter = tf.cumsum(tf.mul(slope, gap), 1);
  const sumBefore = tf.sub(sumAfter, tf.mul(slope, gap));
  const crosses = tf.logicalAnd(tf.less(sumBefore, epsilon), tf.greaterEqual(sumAfter, epsilon));
  const solved = tf.sub(t, tf.div(tf.sub(epsilon, sumBefore), tf.maximum(slope, 1)));
  // rounding of the two sums can let a neighbour claim the crossing, too: they agree within it, so take the safer, larger t
  const crossing: tf.Tensor2D = tf.max(tf.where(crosses, solved, 0), 1, true);
  return tf.relu(crossing);
}

/** One Newton step on the sum itself, which undoes the rounding that the running sums gathered. */
function refine(threshold: tf.Tensor2D, size: tf.Tensor2D, room: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  const moved = movement(size, room, threshold);
  const excess = tf.sub(tf.sum(moved, 1, true), epsilon);
  const moving = tf.logicalAnd(tf.greater(moved, 0), tf.less(moved, room));
  const count = tf.maximum(tf.sum(tf.cast(moving, 'float32'), 1, true), 1);
  const refined: tf.Tensor2D = tf.add(threshold, tf.div(excess, count));
  return tf.relu(refined);
}
