import type { Search } from '@st/core';
import { checkChoice, checkKnownOptions, readsAreFree, type Where } from '@st/core/kit';
import type { Divergence } from '@st/losses';
import { divergenceNamed } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';
import { RANDOM_STARTS, type RandomStart } from '../ball/random-start.ts';
import { startPoints } from '../ball/start-points.ts';
import { recordPass } from '../gradient/record-pass.ts';
import { checkSearchOptions, type SearchOptions } from '../step/check-search-options.ts';
import { POINT_CHOICES, type PointChoice, type SqueezePoints, squeezeStepUnchecked } from '../step/squeeze-step.ts';
import { checkSearch } from './climb.ts';

/** The perturbations that the two points start from, kept by the caller. */
export type SqueezeStart = { readonly adversarial: tf.Tensor4D; readonly collaborative: tf.Tensor4D };

export type SqueezeSearchOptions = SearchOptions & {
  /** The divergence between the upper and the lower view that the search raises; use that of the loss. */
  readonly divergence: Divergence;
  /** Default `'published'`. */
  readonly points?: PointChoice;
  /** Default `'gaussian'`, as published; ST-RST starts `'uniform'` in the ball. Both points have their own draw, the adversarial first. */
  readonly start?: RandomStart | SqueezeStart;
};

/**
 * Squeeze training's joint search for the adversarial and the collaborative point of each ball: `steps` times `squeezeStep`, in mode
 * `'batch-frozen'` throughout, from two points drawn around each image.
 * @returns A search for the `adversarial` and `collaborative` views.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const search = squeezeSearch({ threat: CIFAR10_LINF, steps: 10, stepSize: 2 / 255, divergence: 'symmetric-kl' });
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4, algorithm 1
 */
export function squeezeSearch(options: SqueezeSearchOptions): Search<'adversarial' | 'collaborative'> {
  return buildSqueezeSearch('[@st/attacks] squeezeSearch', options);
}

/** `squeezeSearch` under the name of the function that the user called, for errors. */
export function buildSqueezeSearch(
  where: Where,
  options: SqueezeSearchOptions,
): Search<'adversarial' | 'collaborative'> {
  checkKnownOptions(where, options, ['threat', 'steps', 'stepSize', 'divergence', 'points', 'start']);
  const { threat, steps, stepSize } = checkSearchOptions(where, options);
  const discrepancy = divergenceNamed(options.divergence, where);
  const points = checkChoice(where, 'points', options.points ?? 'published', POINT_CHOICES);
  const start = startsOf(where, options.start ?? 'gaussian');
  return (classifier, batch, rng) => {
    checkSearch(where, { classifier, batch, rng }, threat);
    // the outer tidy frees the points also when a step throws
    return tf.tidy(() => {
      let at: Points = {
        adversarial: startPoints(where, start.adversarial, threat, batch.images, rng),
        collaborative: startPoints(where, start.collaborative, threat, batch.images, rng),
      };
      // Images and weights do not change, so one natural pass serves every step (with dropout, all steps share its draw).
      const natural = recordPass(where, (images) => classifier.logits(images, 'batch-frozen'), batch.images);
      try {
        const forward = { mayRead: readsAreFree(), replay: natural.replay };
        for (let step = 0; step < steps; step++) {
          const from = { ...at, naturalLogits: natural.output };
          const next = tf.tidy(() =>
            pointsOf(squeezeStepUnchecked(forward, classifier, batch, from, { threat, stepSize, discrepancy, points })),
          );
          tf.dispose(at);
          at = next;
        }
      } finally {
        natural.dispose();
      }
      return at;
    });
  };
}

type Points = Pick<SqueezePoints, 'adversarial' | 'collaborative'>;

function pointsOf({ adversarial, collaborative }: Points): Points {
  return { adversarial, collaborative };
}

function startsOf(
  where: Where,
  start: RandomStart | SqueezeStart,
): Record<'adversarial' | 'collaborative', RandomStart | tf.Tensor4D> {
  if (typeof start === 'object') {
    checkKnownOptions(where, start, ['adversarial', 'collaborative']);
    return start;
  }
  const kind = checkChoice(where, 'start', start, RANDOM_STARTS);
  return { adversarial: kind, collaborative: kind };
}
