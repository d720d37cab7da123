import { blockedSum } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/** Bisection steps, then steps of Newton's method within the remaining interval. */
const HALVINGS = 30;
const NEWTON_STEPS = 3;

/** Perturbations to shorten, row by row. */
export type L1Sizes = {
  /** Absolute value of each pixel's perturbation, `[rows, pixels]`. */
  readonly size: tf.Tensor2D;
  /** Upper bound of each pixel's movement, same shape, at least 0; undefined for no bound. */
  readonly room: tf.Tensor2D | undefined;
  /** Upper bound of the sum of the movements. */
  readonly epsilon: number;
};

/** A threshold as an unevaluated sum of two float32 numbers, `[rows, 1]` each: the rounding error of one alone is as large as the smallest movements. */
export type L1Threshold = { high: tf.Tensor2D; low: tf.Tensor2D };

/**
 * The least t >= 0 at which the movements min(max(size - t, 0), room) sum to at most epsilon: by bisection, then by Newton's method, whose last step
 * becomes `low`. Sums use `blockedSum`; the sum of the movements has an error of some 1e-7 epsilon.
 * @returns Tensors that the caller disposes.
 */
export function l1Threshold(sizes: L1Sizes): L1Threshold {
  const { size, epsilon } = sizes;
  return tf.tidy(() => {
    const none = tf.zeros<tf.Rank.R2>([size.shape[0], 1]);
    const sumAt = (high: tf.Tensor2D): tf.Tensor2D => blockedSum(l1Movements(sizes, { high, low: none }));
    let ends: Interval = { low: tf.clone(none), high: tf.max(size, 1, true) };
    for (let halving = 0; halving < HALVINGS; halving++) {
      ends = replaced(ends, ({ low, high }) => {
        const middle: tf.Tensor2D = tf.mul(0.5, tf.add(low, high));
        const isTooLow = tf.greater(sumAt(middle), epsilon);
        return { low: tf.where(isTooLow, middle, low), high: tf.where(isTooLow, high, middle) };
      });
    }
    let at = { threshold: tf.clone(ends.low) };
    for (let step = 0; step < NEWTON_STEPS; step++) {
      at = replaced(at, ({ threshold }) => {
        const next: tf.Tensor2D = tf.add(threshold, newtonStep(sizes, threshold));
        return { threshold: tf.minimum(tf.maximum(next, ends.low), ends.high) };
      });
    }
    const fits = tf.lessEqual(sumAt(none), epsilon);
    const last = newtonStep(sizes, at.threshold);
    return { high: tf.where(fits, none, at.threshold), low: tf.where(fits, none, last) };
  });
}

/** The movements at a threshold, min(max(size - t, 0), room); the caller disposes them. */
export function l1Movements({ size, room }: L1Sizes, { high, low }: L1Threshold): tf.Tensor2D {
  return tf.tidy(() => {
    // size - high is exact where it is small
    const rest: tf.Tensor2D = tf.sub(tf.sub(size, high), low);
    const moved = tf.relu(rest);
    return room ? tf.minimum(moved, room) : moved;
  });
}

/** (sum - epsilon) / (pixels that move with the threshold). */
function newtonStep(sizes: L1Sizes, threshold: tf.Tensor2D): tf.Tensor2D {
  const moved = l1Movements(sizes, { high: threshold, low: tf.zerosLike(threshold) });
  const moves = tf.greater(moved, 0);
  const moving = sizes.room ? tf.logicalAnd(moves, tf.less(moved, sizes.room)) : moves;
  const count: tf.Tensor2D = tf.maximum(tf.sum(tf.cast(moving, 'float32'), 1, true), 1);
  return tf.div(tf.sub(blockedSum(moved), sizes.epsilon), count);
}

type Interval = { low: tf.Tensor2D; high: tf.Tensor2D };

/** The result of `next`; disposes the tensors that it was given. */
function replaced<T extends { [name: string]: tf.Tensor }>(tensors: T, next: (tensors: T) => T): T {
  const found = tf.tidy(() => next(tensors));
  tf.dispose(tensors);
  return found;
}
