import { type Norm, type Rng, ShapeError, type ThreatModel } from '@st/core';
import { checkChoice, checkRng, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { toEpsilons } from './epsilons.ts';
import { flatRows } from './flat-rows.ts';
import { rowLengths } from './row-lengths.ts';
import { checkThreat } from './threat.ts';

/**
 * Where a search starts, around the natural images:
 * - `'uniform'` in the ball;
 * - `'gaussian'`: N(0, 0.001^2) in each pixel;
 * - `'radial'`: a normal draw scaled to a length uniform in [0, epsilon), the l2 start of AWP's published code. Short lengths are more likely than
 *   under a uniform draw: nearly all the volume of a high-dimensional ball lies at its surface.
 */
export type RandomStart = 'uniform' | 'gaussian' | 'radial';

/** All values of `RandomStart`. */
export const RANDOM_STARTS: readonly RandomStart[] = ['uniform', 'gaussian', 'radial'];

/** Standard deviation of the `'gaussian'` start, as in the published code of TRADES and of squeeze training. */
export const GAUSSIAN_START_DEVIATION = 0.001;

/** Lower bound of uniform draws before a logarithm: the resolution of `Rng.next`. */
const LEAST_UNIFORM = 2 ** -32;

type Shape = [number, number, number, number];

/**
 * Draws the perturbation that a search starts from. It is added to the images as it is: published searches neither project nor clip the start.
 * @param shape - `[batch, height, width, channels]`.
 * @returns The perturbation; the caller disposes it.
 * @throws {InvalidArgumentError} for an unknown start or anything but a threat model and a random stream; {ShapeError} for an invalid shape.
 */
export function randomStart(start: RandomStart, threat: ThreatModel, shape: Shape, rng: Rng): tf.Tensor4D {
  const where = '[@st/attacks] randomStart';
  const kind = checkChoice(where, 'start', start, RANDOM_STARTS);
  const { norm, epsilon } = checkThreat(where, threat);
  checkBatchShape(where, shape);
  checkRng(where, rng);
  const drawn = (): tf.Tensor4D => {
    switch (kind) {
      case 'gaussian':
        return tf.mul(GAUSSIAN_START_DEVIATION, rng.normal<tf.Rank.R4>(shape));
      case 'radial':
        return radial(norm, shape, epsilon, rng);
      case 'uniform':
        return UNIFORM_IN_BALL[norm](shape, epsilon, rng);
    }
  };
  return tf.tidy(() => toEpsilons(threat, drawn()));
}

function checkBatchShape(where: Where, shape: unknown): void {
  const isShape =
    Array.isArray(shape) && shape.length === 4 && shape.every((size) => Number.isInteger(size) && size > 0);
  if (isShape) return;
  throw new ShapeError(`${where}: shape must be [batch, height, width, channels], got ${describeValue(shape)}.`, {
    argument: 'shape',
    received: shape,
  });
}

function radial(norm: Norm, shape: Shape, epsilon: number, rng: Rng): tf.Tensor4D {
  const direction = flatRows(rng.normal<tf.Rank.R4>(shape));
  const radius = rng.uniform<tf.Rank.R2>([shape[0], 1], 0, epsilon);
  return tf.reshape(tf.mul(direction, tf.div(radius, rowLengths(norm, direction))), shape);
}

const UNIFORM_IN_BALL: Readonly<Record<Norm, (shape: Shape, epsilon: number, rng: Rng) => tf.Tensor4D>> = {
  linf: (shape, epsilon, rng) => rng.uniform<tf.Rank.R4>(shape, -epsilon, epsilon),
  l2: uniformInL2Ball,
  l1: uniformInL1Ball,
};

/** A uniform direction times epsilon u^(1 / d): the fraction of the unit ball's volume within radius r is r^d. */
function uniformInL2Ball(shape: Shape, epsilon: number, rng: Rng): tf.Tensor4D {
  const direction = flatRows(rng.normal<tf.Rank.R4>(shape));
  const [batch, width] = direction.shape;
  const radius = tf.mul(epsilon, tf.pow(rng.uniform<tf.Rank.R2>([batch, 1]), 1 / width));
  return tf.reshape(tf.mul(direction, tf.div(radius, rowLengths('l2', direction))), shape);
}

/** Signed exponential variables divided by the sum of their sizes and one more exponential variable are uniform in the unit l1 ball. */
function uniformInL1Ball(shape: Shape, epsilon: number, rng: Rng): tf.Tensor4D {
  const [batch] = shape;
  const sizes = flatRows(exponential<tf.Rank.R4>(shape, rng));
  const slack = exponential<tf.Rank.R2>([batch, 1], rng);
  const signs = tf.sub(tf.mul(2, tf.cast(tf.less(flatRows(rng.uniform<tf.Rank.R4>(shape)), 0.5), 'float32')), 1);
  const total = tf.add(rowLengths('l1', sizes), slack);
  return tf.reshape(tf.mul(epsilon, tf.mul(signs, tf.div(sizes, total))), shape);
}

function exponential<R extends tf.Rank>(shape: tf.ShapeMap[R], rng: Rng): tf.Tensor<R> {
  return tf.neg(tf.log(rng.uniform<R>(shape, LEAST_UNIFORM, 1)));
}
