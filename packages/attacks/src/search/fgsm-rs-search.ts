import type { BatchNormMode, Search, ThreatModel } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkKnownOptions, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { checkLinf } from '../ball/check-linf.ts';
import { checkSearchOptions } from '../step/check-search-options.ts';
import { buildPgd } from './pgd-search.ts';

/** Length of the step over the radius: 10 / 8 in the published code. */
const STEP_OVER_RADIUS = 1.25;

export type FgsmRsSearchOptions = {
  readonly threat: ThreatModel;
  /** Length of the step. Default 1.25 epsilon, as published. */
  readonly stepSize?: number;
  /** The start, in place of a draw: a perturbation to add to the images, kept by the caller. */
  readonly start?: tf.Tensor4D;
  /** Batch-norm mode of its one forward pass. Default `'batch-tracking'`, as published: the pass counts in the running statistics. */
  readonly mode?: BatchNormMode;
};

/**
 * FGSM with a random start (FGSM-RS): P(x + u + stepSize sign(grad loss at x + u)), u uniform in the l-infinity ball and x + u clipped to
 * [0, 1]. One gradient. With longer steps or long training the model may overfit to this one step (catastrophic overfitting): watch its accuracy under PGD.
 * @returns A search for the `adversarial` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or another norm than l-infinity.
 * @see Wong, Rice and Kolter 2020, "Fast is better than free", arXiv 2001.03994, algorithm 3
 */
export function fgsmRsSearch(options: FgsmRsSearchOptions): Search<'adversarial'> {
  return buildFgsmRsSearch('[@st/attacks] fgsmRsSearch', options);
}

/** `fgsmRsSearch` under the name of the function that the user called, for errors. */
export function buildFgsmRsSearch(where: Where, options: FgsmRsSearchOptions): Search<'adversarial'> {
  checkKnownOptions(where, options, ['threat', 'stepSize', 'start', 'mode']);
  const threat = checkLinf(where, options.threat);
  const stepSize = options.stepSize ?? Math.min(1, STEP_OVER_RADIUS * threat.epsilon);
  return buildPgd(where, {
    ...checkSearchOptions(where, { threat, steps: 1, stepSize }),
    mode: checkChoice(where, 'mode', options.mode ?? 'batch-tracking', BATCH_NORM_MODES),
    start: options.start ?? 'uniform',
    clipStart: true,
  });
}
