import type { Rng, ThreatModel } from '@st/core';
import { checkChoice, checkKind, checkNumber, checkRng, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { RANDOM_STARTS, type RandomStart, randomStart } from './random-start.ts';
import { checkThreat } from './threat.ts';

const WHERE: Where = '[@st/attacks] startPerExample';

/**
 * The points that an attack starts from, each drawn from its example's own stream, so that they do not depend on the batch around it. Clipped to
 * [0, 1], where a model need not be defined outside; published searches of training do not clip their starts.
 * @param images - `[batch, height, width, channels]` in [0, 1].
 * @param rngs - One an example.
 * @returns Same shape; the caller disposes it.
 * @throws {InvalidArgumentError} for an argument of another type, or streams and images that differ in number; {ShapeError} for anything but images.
 */
export function startPerExample(
  start: 'natural' | RandomStart,
  threat: ThreatModel,
  images: tf.Tensor4D,
  rngs: readonly Rng[],
): tf.Tensor4D {
  const kind = checkChoice(WHERE, 'start', start, ['natural', ...RANDOM_STARTS]);
  checkThreat(WHERE, threat);
  checkSameShape(WHERE, { images });
  const [batch, height, width, channels] = images.shape;
  if (kind === 'natural') return tf.clipByValue(images, ...threat.bounds);
  checkKind(WHERE, 'rngs', rngs, 'list');
  checkNumber(WHERE, 'rngs.length', rngs.length, { min: batch, max: batch });
  for (const rng of rngs) checkRng(WHERE, rng);
  return tf.tidy(() => {
    const moves = rngs.map((rng) => randomStart(kind, threat, [1, height, width, channels], rng));
    return tf.clipByValue(tf.add<tf.Tensor4D>(images, tf.concat(moves)), ...threat.bounds);
  });
}
