import { blockedSum, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';
import { type L1Sizes, l1Movements, l1Threshold } from './l1-threshold.ts';

const WHERE: Where = '[@st/attacks] l1BoxShift';

/** Multiplying a float32 number by this reaches at least the next one. */
const NEXT = 1 + 2 ** -22;

/**
 * The correction that projects images + perturbation onto the l1 ball around the images intersected with the box [0, 1]; add it to images + perturbation:
 * -sign(p) min(max(excess, t), |p|), with excess = how far the pixel is outside the box and the least t >= 0 for which the ball holds.
 * t is one float32 number, rounded up so that the point stays in the ball. Differs from `projectL1Box` in that a perturbation which vanishes is undone
 * exactly, so that moved pixels can be counted.
 * @param images - `[batch, height, width, channels]` in [0, 1].
 * @param perturbation - Same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a tensor, or a radius that is not above 0; {ShapeError} if the shapes differ.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208, section 3
 */
export function l1BoxShift(images: tf.Tensor4D, perturbation: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape(WHERE, { images, perturbation });
  checkNumber(WHERE, 'epsilon', epsilon, { min: 0, aboveMin: true });
  return l1BoxShiftUnchecked(images, perturbation, epsilon);
}

/** `l1BoxShift` for inner loops, whose arguments have been checked. */
export function l1BoxShiftUnchecked(images: tf.Tensor4D, perturbation: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  return tf.tidy(() => {
    const moves = flatRows(perturbation);
    const size: tf.Tensor2D = tf.abs(moves);
    const moved: tf.Tensor2D = tf.add(flatRows(images), moves);
    const outside: tf.Tensor2D = tf.maximum(tf.sub(moved, 1), tf.neg(moved));
    const excess = tf.relu(outside);
    const threshold = roundedUp({ size, room: tf.relu(tf.sub<tf.Tensor2D>(size, excess)), epsilon });
    const back: tf.Tensor2D = tf.minimum(tf.maximum(excess, threshold), size);
    return tf.reshape(tf.where(tf.greater(moves, 0), tf.neg(back), back), images.shape);
  });
}

/** The threshold as one float32 number, rounded up if the movements would otherwise sum to more than epsilon. */
function roundedUp(sizes: L1Sizes): tf.Tensor2D {
  const { high, low } = l1Threshold(sizes);
  const nearest: tf.Tensor2D = tf.relu(tf.add<tf.Tensor2D>(high, low));
  const sum = blockedSum(l1Movements(sizes, { high: nearest, low: tf.zerosLike(nearest) }));
  const next: tf.Tensor2D = tf.mul(nearest, NEXT);
  return tf.where(tf.greater(sum, sizes.epsilon), next, nearest);
}
