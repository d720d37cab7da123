import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { radiusOf, toEpsilons } from '../../ball/epsilons.ts';
import { exactSign } from '../../ball/exact-sign.ts';
import { flatRows } from '../../ball/flat-rows.ts';
import { l1BoxShiftUnchecked } from '../../ball/l1-box-shift.ts';
import { lengths, normalized } from './apgd-start.ts';

/** The input of a step of APGD. */
export type ApgdMove = {
  /** The centers of the balls. */
  readonly images: tf.Tensor4D;
  readonly points: tf.Tensor4D;
  /** The points one iteration earlier. */
  readonly previous: tf.Tensor4D;
  /** Of the loss, at `points`. */
  readonly gradient: tf.Tensor4D;
  /** One an image. */
  readonly stepSizes: readonly number[];
  /** For l1, one an image: the number of its smallest gradient entries that the step leaves out. */
  readonly leftOut: readonly number[];
  /** The first step has no momentum. */
  readonly isFirst: boolean;
};

/** The weight of the new step; the momentum has the rest. */
const STEP_WEIGHT = 0.75;
/** The published code's constant. */
const NON_ZERO = 1e-10;

/**
 * One step of APGD: z = P(x_k + eta d(g)), x_(k+1) = P(x_k + a (z - x_k) + (1 - a) (x_k - x_(k-1))) with a = 3/4, 1 in the first
 * iteration. d is sign(g) for linf and g / ||g|| for l2; for l1 it is sign(g) / k on the k largest entries of |g|, without momentum.
 * @returns Shape of the points; the caller disposes it.
 * @see Croce and Hein 2020, arXiv 2003.01690, algorithm 1
 */
export function apgdMove(threat: ThreatModel, move: ApgdMove): tf.Tensor4D {
  return tf.tidy(() => (threat.norm === 'l1' ? sparseMove(threat.epsilon, move) : momentumMove(threat, move)));
}

function momentumMove(threat: ThreatModel, move: ApgdMove): tf.Tensor4D {
  const { images, points, previous, gradient, isFirst } = move;
  const isLinf = threat.norm === 'linf';
  const radius = radiusOf(threat);
  const project = (moved: tf.Tensor4D): tf.Tensor4D =>
    isLinf ? intoCube(moved, images, radius) : intoSphere(moved, images, threat.epsilon);
  const direction = isLinf ? toEpsilons(threat, exactSign(gradient)) : normalized('l2', gradient);
  const stepped = project(tf.add(points, tf.mul(column(move.stepSizes), direction)));
  const weight = isFirst ? 1 : STEP_WEIGHT;
  const ahead = tf.mul(tf.sub(stepped, points), weight);
  const momentum = tf.mul(tf.sub(points, previous), 1 - weight);
  return project(tf.add(tf.add(points, ahead), momentum));
}

function intoCube(points: tf.Tensor4D, images: tf.Tensor4D, epsilon: number | tf.Tensor4D): tf.Tensor4D {
  const within = tf.minimum(tf.maximum(points, tf.sub(images, epsilon)), tf.add(images, epsilon));
  return tf.clipByValue(within as tf.Tensor4D, 0, 1);
}

/** Projects onto the ball, then clips to the box; not the nearest point of the intersection. */
function intoSphere(points: tf.Tensor4D, images: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  const moved: tf.Tensor4D = tf.sub(points, images);
  const length = tf.minimum(lengths('l2', moved), epsilon);
  return tf.clipByValue(tf.add(images, tf.mul(normalized('l2', moved), length)) as tf.Tensor4D, 0, 1);
}

function sparseMove(epsilon: number, { images, points, gradient, stepSizes, leftOut }: ApgdMove): tf.Tensor4D {
  const rows = flatRows(gradient);
  const size: tf.Tensor2D = tf.abs(rows);
  const signs = tf.mul(exactSign(rows), tf.cast(tf.greaterEqual(size, ranked(size, leftOut)), 'float32'));
  const count = tf.sum(tf.abs(signs), 1, true);
  const step = tf.reshape(tf.div(signs, tf.add(count, NON_ZERO)), points.shape);
  // summed in the published order, so that pixels which do not move keep their exact value
  const moves: tf.Tensor4D = tf.sub(tf.add(points, tf.mul(column(stepSizes), step)), images);
  const projected: tf.Tensor4D = tf.add(tf.add(images, moves), l1BoxShiftUnchecked(images, moves, epsilon));
  return tf.clipByValue(projected, 0, 1);
}

/** The entry of each row that has `smaller[row]` smaller ones, `[batch, 1]`. */
function ranked(size: tf.Tensor2D, smaller: readonly number[]): tf.Tensor2D {
  const width = size.shape[1];
  const ranks = smaller.map((count) => width - 1 - count);
  const depth = Math.max(...ranks) + 1;
  const largest = tf.topk(size, depth).values;
  const isWanted = tf.equal(tf.range(0, depth, 1, 'int32'), tf.tensor2d(ranks, [ranks.length, 1], 'int32'));
  return tf.sum(tf.where(isWanted, largest, 0), 1, true);
}

/** One number an image, `[batch, 1, 1, 1]`. */
function column(values: readonly number[]): tf.Tensor4D {
  return tf.tensor4d([...values], [values.length, 1, 1, 1]);
}
