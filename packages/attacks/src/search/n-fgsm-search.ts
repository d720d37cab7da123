import type { BatchNormMode, Search, ThreatModel } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkLinf } from '../ball/check-linf.ts';
import { clipAround } from '../ball/clip-around.ts';
import { scaledThreat } from '../ball/epsilons.ts';
import { checkStart, startPoints } from '../ball/start-points.ts';
import { checkAscentLoss } from '../step/ascent-loss.ts';
import type { CheckedAscent } from '../step/ascent-step.ts';
import { checkSearchOptions } from '../step/check-search-options.ts';
import { checkSearch, climb } from './climb.ts';

/** Radius of the noise over that of the ball, in the published results on CIFAR-10. */
const NOISE_OVER_RADIUS = 2;

export type NFgsmSearchOptions = {
  readonly threat: ThreatModel;
  /** Length of the step. Default epsilon, as published. */
  readonly stepSize?: number;
  /** k: the noise is uniform in [-k epsilon, k epsilon]; above 0, k epsilon at most 1. Default 2, as published for CIFAR-10. */
  readonly noise?: number;
  /** The noise itself, in place of a draw: a perturbation to add to the images, kept by the caller. */
  readonly start?: tf.Tensor4D;
  /** Batch-norm mode of its one forward pass. Default `'batch-tracking'`, as published: the pass counts in the running statistics. */
  readonly mode?: BatchNormMode;
};

/**
 * N-FGSM: x + n + stepSize sign(grad loss at x + n), n uniform in [-k epsilon, k epsilon], both points clipped to [0, 1] and neither to the
 * ball: the examples lie up to k epsilon + stepSize away. This prevents catastrophic overfitting of single-step training; since the examples leave the
 * ball, it is no attack for evaluations.
 * @returns A search for the `adversarial` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or another norm than l-infinity.
 * @see de Jorge et al. 2022, "Make some noise", arXiv 2202.01181, algorithm 1
 */
export function nFgsmSearch(options: NFgsmSearchOptions): Search<'adversarial'> {
  return buildNFgsmSearch('[@st/attacks] nFgsmSearch', options);
}

/** `nFgsmSearch` under the name of the function that the user called, for errors. */
export function buildNFgsmSearch(where: Where, options: NFgsmSearchOptions): Search<'adversarial'> {
  checkKnownOptions(where, options, ['threat', 'stepSize', 'noise', 'start', 'mode']);
  const threat = checkLinf(where, options.threat);
  const { epsilon } = threat;
  const noise = checkNumber(where, 'noise', options.noise ?? Math.min(NOISE_OVER_RADIUS, 1 / epsilon), {
    min: 0,
    max: 1 / epsilon,
    aboveMin: true,
    hint: 'It counts in radii: the noise is uniform in [-noise * epsilon, noise * epsilon].',
  });
  const start = checkStart(where, options.start ?? 'uniform', ['uniform']);
  const step: CheckedAscent & { readonly steps: number } = {
    ...checkSearchOptions(where, { threat, steps: 1, stepSize: options.stepSize ?? epsilon }),
    mode: checkChoice(where, 'mode', options.mode ?? 'batch-tracking', BATCH_NORM_MODES),
    ascend: checkAscentLoss(where, 'cross-entropy'),
    direction: 'up',
    projection: 'box',
  };
  const noisyBall = scaledThreat(threat, noise);
  return (classifier, batch, rng) => {
    checkSearch(where, { classifier, batch, rng }, threat);
    return tf.tidy(() => {
      const noisy = startPoints(where, start, noisyBall, batch.images, rng);
      return { adversarial: climb(classifier, batch, clipAround(noisy, batch.images), step) };
    });
  };
}
