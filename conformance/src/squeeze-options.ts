import { linf } from '@st/attacks';
import { GAUSSIAN_START_DEVIATION, type SqueezeStepOptions } from '@st/attacks/parts';
import type { Pass } from '@st/core';
import { SQUEEZE_RST_PASSES } from '@st/losses';
import { SQUEEZE_PASSES } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';

import type { Golden } from './golden.ts';
import { imagesOf } from './images.ts';

/** Our names of the loss terms that the files log. */
export const SQUEEZE_TERMS = {
  loss: 'total',
  loss_natural: 'natural',
  loss_robust: 'squeeze',
  ce_clean: 'natural',
  ce_upper: 'upper',
  ce_lower: 'lower',
} as const;

/** The search that the header of a squeeze-training file describes. */
export function squeezeOptions(golden: Golden): SqueezeStepOptions {
  const threat = linf(golden.number('epsilon'));
  return { threat, stepSize: golden.number('step_size'), divergence: 'symmetric-kl', points: 'published' };
}

/** The perturbation that the stored noise gives: scaled N(0, 1) draws, or, in robust self-training, the uniform draws themselves. */
export function squeezeStart(golden: Golden, noise: string): tf.Tensor4D {
  const isScaled = /x\+[\d.]+\*noise/.test(golden.setting('init') ?? '');
  return isScaled ? tf.tidy(() => tf.mul(GAUSSIAN_START_DEVIATION, imagesOf(golden, noise))) : imagesOf(golden, noise);
}

/** The order of the final forward passes: natural before adversarial; in robust self-training after it. */
export function squeezePasses(golden: Golden): readonly Pass[] {
  const order = golden.setting('final_forward_order') ?? '';
  return /\badv\b.*\bnat\b/.test(order) ? SQUEEZE_RST_PASSES : SQUEEZE_PASSES;
}
