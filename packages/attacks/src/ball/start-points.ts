import type { Rng, ThreatModel } from '@st/core';
import { checkChoice, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameShape } from './check-same-shape.ts';
import { type RandomStart, randomStart } from './random-start.ts';

/** Where a search starts: `'natural'` at the images themselves, a random start, or a perturbation to add to them. */
export type Start = 'natural' | RandomStart | tf.Tensor4D;

/**
 * Returns `start` if it is a perturbation or one of the words allowed.
 * @throws {InvalidArgumentError} for another word.
 */
export function checkStart<S extends Exclude<Start, tf.Tensor>>(
  where: Where,
  start: S | tf.Tensor4D,
  allowed: readonly S[],
): S | tf.Tensor4D {
  return start instanceof tf.Tensor ? start : checkChoice(where, 'start', start, allowed);
}

/**
 * The points that a search starts from: images + perturbation, neither projected nor clipped. The caller disposes them.
 * @throws {ShapeError} if a perturbation given does not have the images' shape.
 */
export function startPoints(
  where: Where,
  start: Start,
  threat: ThreatModel,
  images: tf.Tensor4D,
  rng: Rng,
): tf.Tensor4D {
  if (start instanceof tf.Tensor) {
    checkSameShape(where, { images, start });
    return tf.add(images, start);
  }
  if (start === 'natural') return tf.clone(images);
  return tf.tidy(() => tf.add(images, randomStart(start, threat, images.shape, rng)));
}
