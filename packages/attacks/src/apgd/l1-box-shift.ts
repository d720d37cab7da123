import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from '../check-same-shape.ts';
import { flatRows } from '../flat-rows.ts';

/** Halvings that bring the threshold to within float32 rounding of the largest perturbation. */
const HALVINGS = 26;

/**
 * What is to be added to images + perturbation to project it onto the l1 ball around the images intersected with the box [0, 1]:
 * -sign(p) min(max(excess, t), |p|), with excess = how far the pixel is outside the box and the least t >= 0 for which the ball holds.
 * As `projectL1Box`, but a perturbation that is to vanish is taken back exactly, so that the pixels that are moved can be counted.
 * @param images - `[batch, height, width, channels]` in [0, 1].
 * @param perturbation - Same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208, section 3
 */
export function l1BoxShift(images: tf.Tensor4D, perturbation: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape('[@st/attacks] l1BoxShift', 'perturbation', perturbation, images.shape);
  return tf.tidy(() => {
    const moves = flatRows(perturbation);
    const size: tf.Tensor2D = tf.abs(moves);
    const moved: tf.Tensor2D = tf.add(flatRows(images), moves);
    const outside: tf.Tensor2D = tf.maximum(tf.sub(moved, 1), tf.neg(moved));
    const excess = tf.relu(outside);
    const threshold = thresholdOf(size, excess, epsilon);
    const back: tf.Tensor2D = tf.minimum(tf.maximum(excess, threshold), size);
    return tf.reshape(tf.where(tf.greater(moves, 0), tf.neg(back), back), images.shape);
  });
}

/** The movement left at threshold t: max(|p| - max(excess, t), 0). */
function left(size: tf.Tensor2D, excess: tf.Tensor2D, threshold: tf.Tensor2D): tf.Tensor2D {
  const rest: tf.Tensor2D = tf.sub(size, tf.maximum(excess, threshold));
  return tf.relu(rest);
}

/** The least t >= 0 at which the movements sum to at most epsilon, `[batch, 1]`: by bisection, then solved for exactly in its linear piece. */
function thresholdOf(size: tf.Tensor2D, excess: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  let low: tf.Tensor2D = tf.zeros([size.shape[0], 1]);
  let high: tf.Tensor2D = tf.max(size, 1, true);
  for (let halving = 0; halving < HALVINGS; halving++) {
    const [nextLow, nextHigh] = tf.tidy(() => {
      const middle: tf.Tensor2D = tf.mul(0.5, tf.add(low, high));
      const isTooLow = tf.greater(tf.sum(left(size, excess, middle), 1, true), epsilon);
      return [tf.where(isTooLow, middle, low), tf.where(isTooLow, high, middle)] as [tf.Tensor2D, tf.Tensor2D];
    });
    tf.dispose([low, high]);
    low = nextLow;
    high = nextHigh;
  }
  const rest = left(size, excess, high);
  const moving = tf.logicalAnd(tf.greater(rest, 0), tf.greater(high, excess));
  const count = tf.maximum(tf.sum(tf.cast(moving, 'float32'), 1, true), 1);
  const solved: tf.Tensor2D = tf.add(high, tf.div(tf.sub(tf.sum(rest, 1, true), epsilon), count));
  const fits = tf.lessEqual(tf.sum(left(size, excess, tf.zerosLike(high)), 1, true), epsilon);
  return tf.where(fits, tf.zerosLike(high), tf.relu(solved));
}
