import type { LossTerms, Pass, View } from '@st/core';
import { checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { crossEntropy } from './cross-entropy.ts';
import { type Divergence, divergenceNamed } from './divergence.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';
import { type OfViews, pickViews, selectExtremes } from './select-extremes.ts';
import { withoutGradient } from './without-gradient.ts';

export type SqueezeLossOptions = LabelSmoothing & {
  /** Weight of the squeeze term, >= 0; 6 in the published command line for RST. */
  readonly beta: number;
  /** The divergence r between upper and lower view; use the one that the search ascends. */
  readonly divergence: Divergence;
};

/** What `squeezeLoss` returns; `upper` and `lower` are for reports and carry no gradient. */
export type SqueezeLossTerms = LossTerms & {
  /** Cross-entropy at the natural view. */
  readonly natural: tf.Scalar;
  /** Divergence of the upper from the lower view, before `beta`. */
  readonly squeeze: tf.Scalar;
  /** Cross-entropy at the view of highest loss. */
  readonly upper: tf.Scalar;
  /** Cross-entropy at the view of lowest loss. */
  readonly lower: tf.Scalar;
};

/** `squeezeLoss` with its options applied. */
export type SqueezeLoss = {
  (logits: OfViews<tf.Tensor2D>, labels: tf.Tensor1D): SqueezeLossTerms;
  readonly passes: readonly Pass<View>[];
};

/** The forward passes of squeeze training, in the order of its published code. */
export const SQUEEZE_PASSES: readonly Pass<View>[] = [
  { view: 'collaborative', mode: 'batch-frozen' },
  { view: 'natural', mode: 'batch-tracking' },
  { view: 'adversarial', mode: 'batch-tracking' },
];

/** The forward passes of squeeze training within robust self-training (ST-RST), in the order of its published code. */
export const SQUEEZE_RST_PASSES: readonly Pass<View>[] = [
  { view: 'collaborative', mode: 'batch-frozen' },
  { view: 'adversarial', mode: 'batch-tracking' },
  { view: 'natural', mode: 'batch-tracking' },
];

const WHERE: Where = '[@st/losses] squeezeLoss';

/**
 * The loss of squeeze training: CE(natural) + beta r(upper, lower). `selectExtremes` selects upper and lower for each example among the
 * three views; r is the chosen divergence. The passes are `SQUEEZE_PASSES`; for ST-RST pass `SQUEEZE_RST_PASSES` to `objective`.
 * @returns A loss of the logits of all three views; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a negative beta, an unknown divergence or a label smoothing outside [0, 1).
 * @example
 * const { total, squeeze } = squeezeLoss({ beta: 6, divergence: 'symmetric-kl' })({ natural, collaborative, adversarial }, labels);
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4
 */
export function squeezeLoss(options: SqueezeLossOptions): SqueezeLoss {
  checkKnownOptions(WHERE, options, ['beta', 'divergence', 'labelSmoothing']);
  const beta = checkNumber(WHERE, 'beta', options.beta, { min: 0 });
  const labelSmoothing = checkLabelSmoothing(WHERE, options);
  const divergence = divergenceNamed(options.divergence, WHERE);
  const loss = (logits: OfViews<tf.Tensor2D>, labels: tf.Tensor1D): SqueezeLossTerms =>
    tf.tidy(() => {
      const extremes = selectExtremes(logits, labels);
      const upperLogits = pickViews(extremes.upper, logits);
      const lowerLogits = pickViews(extremes.lower, logits);
      const natural = crossEntropy(logits.natural, labels, { labelSmoothing });
      const squeeze = divergence(upperLogits, lowerLogits);
      const report = (z: tf.Tensor2D): tf.Scalar => withoutGradient(() => crossEntropy(z, labels));
      const total: tf.Scalar = tf.add(natural, tf.mul(beta, squeeze));
      return { natural, squeeze, upper: report(upperLogits), lower: report(lowerLogits), total };
    });
  return Object.assign(loss, { passes: SQUEEZE_PASSES });
}
