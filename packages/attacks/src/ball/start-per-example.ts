import type { Rng, ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { type RandomStart, randomStart } from './random-start.ts';

/**
 * The points that an attack starts from, each drawn from its example's own stream, so that they do not depend on the batch around it. Clipped to
 * [0, 1], where a model need not be defined outside; published searches of training do not clip their starts.
 * @param images - `[batch, height, width, channels]` in [0, 1].
 * @param rngs - One an example.
 * @returns Same shape; the caller disposes it.
 * @throws as `randomStart`.
 */
export function startPerExample(
  start: 'natural' | RandomStart,
  threat: ThreatModel,
  images: tf.Tensor4D,
  rngs: readonly Rng[],
): tf.Tensor4D {
  const [, height, width, channels] = images.shape;
  return tf.tidy(() => {
    if (start === 'natural') return tf.clipByValue(images, ...threat.bounds);
    const moves = rngs.map((rng) => randomStart(start, threat, [1, height, width, channels], rng));
    return tf.clipByValue(tf.add<tf.Tensor4D>(images, tf.concat(moves)), ...threat.bounds);
  });
}
