import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { toEpsilons } from '../../ball/epsilons.ts';
import { projectUnchecked } from '../../ball/project.ts';
import type { SquareMoves } from './square-moves.ts';
import { drawCorner, placed, signOf } from './window.ts';

/**
 * Starts with vertical stripes of +-epsilon. A candidate adds a square of +-2 epsilon a channel, the same for all examples, and is projected onto the ball.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, algorithm 2
 */
export function linfMoves(threat: ThreatModel): SquareMoves {
  return {
    start: ({ natural, examples }, draws) => {
      const [batch, , width, channels] = natural.shape;
      const signs = Float32Array.from(draws.each(examples, channels * width), signOf);
      return tf.tidy(() => {
        const stripes = tf.transpose(tf.tensor4d(signs, [batch, channels, 1, width]), [0, 2, 3, 1]);
        const points: tf.Tensor4D = tf.add(natural, toEpsilons(threat, tf.mul(threat.epsilon, stripes)));
        return tf.clipByValue(points, ...threat.bounds);
      });
    },
    propose: ({ natural }, best, side, draws) => {
      const [, height, width, channels] = natural.shape;
      const corner = drawCorner(draws, height, width, side);
      const signs = Float32Array.from(draws.shared(channels), signOf);
      return tf.tidy(() => {
        const level: tf.Tensor4D = tf.mul(2 * threat.epsilon, tf.tensor4d(signs, [1, 1, 1, channels]));
        const square = placed(tf.tile(level, [1, side, side, 1]), corner, height, width);
        return projectUnchecked(threat, tf.add(best, toEpsilons(threat, square)), natural);
      });
    },
  };
}
