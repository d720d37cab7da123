import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { ascentLoss } from '../ascent-loss.ts';
import type { Round } from '../attack-remaining.ts';
import { betweenIterations } from '../between-iterations.ts';
import { inputGradients } from '../input-gradients.ts';
import { project } from '../project.ts';
import { randomStart } from '../random-start.ts';
import { steepestDirection } from '../steepest-direction.ts';
import type { Walk } from './walk-options.ts';

/**
 * Walks from a start, each example's drawn from its own stream: `steps` times z <- P(z + stepSize d(grad_z loss)).
 * @returns The last points; the caller disposes them.
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export async function walk(
  classifier: Classifier,
  { images, labels, rngs }: Round,
  settings: Walk,
  signal: AbortSignal | undefined,
): Promise<tf.Tensor4D> {
  const pause = betweenIterations(signal);
  let points = startOf(images, rngs, settings);
  try {
    for (let step = 0; step < settings.steps; step++) {
      await pause();
      const next = stepFrom(points, classifier, { images, labels }, settings);
      points.dispose();
      points = next;
    }
    return points;
  } catch (error) {
    points.dispose();
    throw error;
  }
}

function startOf(images: tf.Tensor4D, rngs: Round['rngs'], { start, threat }: Walk): tf.Tensor4D {
  if (start === 'natural') return tf.clone(images);
  const [, height, width, channels] = images.shape;
  return tf.tidy(() => {
    // neither projected nor clipped, as published searches start
    const moves = tf.concat(rngs.map((rng) => randomStart(start, threat, [1, height, width, channels], rng)));
    return tf.add(images, moves);
  });
}

function stepFrom(
  points: tf.Tensor4D,
  classifier: Classifier,
  { images, labels }: Pick<Round, 'images' | 'labels'>,
  { threat, stepSize, ascend }: Walk,
): tf.Tensor4D {
  const loss = ascentLoss('[@st/attacks] walk', ascend);
  return tf.tidy(() => {
    const { gradients } = inputGradients(
      () => ({ value: tf.sum(loss(classifier.logits(points, 'inference'), labels)), found: {} }),
      [points],
    );
    const [gradient] = gradients;
    // a model that ignores its input gives no gradient at all: there is nowhere to go
    if (gradient === undefined) return tf.clone(points);
    return project(threat, tf.add(points, tf.mul(stepSize, steepestDirection(threat.norm, gradient))), images);
  });
}
