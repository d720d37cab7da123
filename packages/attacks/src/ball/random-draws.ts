import type { Norm, Rng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/** Random numbers for a start, each image's from its own stream: U[0, 1) for linf, N(0, 1) for l2 and l1. The caller disposes them. */
export function randomDraws(norm: Norm, shape: tf.Tensor4D['shape'], rngs: readonly Rng[]): tf.Tensor4D {
  const [, height, width, channels] = shape;
  const image: [number, number, number] = [height, width, channels];
  return tf.tidy(() => {
    const draws = rngs.map((rng) => (norm === 'linf' ? rng.uniform<tf.Rank.R3>(image) : rng.normal<tf.Rank.R3>(image)));
    return tf.stack(draws) as tf.Tensor4D;
  });
}
