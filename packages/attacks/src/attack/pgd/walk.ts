import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { randomStart } from '../../ball/random-start.ts';
import { notFiniteRows } from '../../gradient/finite-gradient.ts';
import { inputGradients } from '../../gradient/input-gradients.ts';
import { ascentLoss } from '../../step/ascent-loss.ts';
import { projectedStep } from '../../step/projected-step.ts';
import type { Round } from '../attack-remaining.ts';
import { betweenIterations } from '../between-iterations.ts';
import type { Walk } from './walk-options.ts';

/** Where a walk stands; a type, so that tidies return it. */
type Walked = {
  points: tf.Tensor4D;
  /** float32 `[batch]`: above 0 for the examples of which a gradient had entries that are not finite. */
  notFinite: tf.Tensor1D;
};

/** Where a walk ended. */
export type WalkEnd = {
  /** The last points; the caller disposes them. */
  readonly points: tf.Tensor4D;
  /** 1 where a gradient had entries that are not finite. */
  readonly gradientsNotFinite: Uint8Array;
};

/**
 * Walks from a start in [0, 1], each example's drawn from its own stream: `steps` times z <- P(z + stepSize d(grad_z loss)).
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export async function walk(
  classifier: Classifier,
  { images, labels, rngs }: Round,
  settings: Walk,
  signal: AbortSignal | undefined,
): Promise<WalkEnd> {
  const pause = betweenIterations(signal);
  let at: Walked = { points: startOf(images, rngs, settings), notFinite: tf.zeros(labels.shape) };
  try {
    for (let step = 0; step < settings.steps; step++) {
      await pause();
      const next = stepFrom(at, classifier, { images, labels }, settings);
      tf.dispose(at);
      at = next;
    }
    const gradientsNotFinite = Uint8Array.from(await at.notFinite.data(), (value) => Number(value > 0));
    return { points: tf.clone(at.points), gradientsNotFinite };
  } finally {
    tf.dispose(at);
  }
}

/** Clipped to [0, 1], where a model need not be defined outside; published searches of training do not clip their starts. */
function startOf(images: tf.Tensor4D, rngs: Round['rngs'], { start, threat }: Walk): tf.Tensor4D {
  const [, height, width, channels] = images.shape;
  return tf.tidy(() => {
    if (start === 'natural') return tf.clipByValue(images, ...threat.bounds);
    const moves = tf.concat(rngs.map((rng) => randomStart(start, threat, [1, height, width, channels], rng)));
    return tf.clipByValue(tf.add<tf.Tensor4D>(images, moves), ...threat.bounds);
  });
}

function stepFrom(
  { points, notFinite }: Walked,
  classifier: Classifier,
  { images, labels }: Pick<Round, 'images' | 'labels'>,
  { threat, stepSize, ascend }: Walk,
): Walked {
  const loss = ascentLoss('[@st/attacks] walk', ascend);
  return tf.tidy(() => {
    const { gradients } = inputGradients(
      () => ({ value: tf.sum(loss(classifier.logits(points, 'inference'), labels)), found: {} }),
      [points],
    );
    const [gradient] = gradients;
    // a model that ignores its input gives no gradient at all: there is nowhere to go
    if (gradient === undefined) return { points: tf.clone(points), notFinite: tf.clone(notFinite) };
    return {
      points: projectedStep({ points, gradient, center: images }, threat, stepSize),
      notFinite: tf.add(notFinite, notFiniteRows(gradient)),
    };
  });
}
