import type { LossTerms, Pass } from '@st/core';
import { checkKnownOptions, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { crossEntropy } from './cross-entropy.ts';
import { klDivergence } from './kl-divergence.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';
import { withoutGradient } from './without-gradient.ts';

export type TradesLossOptions = LabelSmoothing & {
  /** Weight of the robust term (1 / lambda in the paper), >= 0; 6 in the paper's CIFAR-10 results. */
  readonly beta: number;
};

/** What `tradesLoss` returns; `adversarial` is for reports and carries no gradient. */
export type TradesLossTerms = LossTerms & {
  /** Cross-entropy at the natural view. */
  readonly natural: tf.Scalar;
  /** KL(natural || adversarial), before `beta`. */
  readonly robust: tf.Scalar;
  /** Cross-entropy at the adversarial view. */
  readonly adversarial: tf.Scalar;
};

/** `tradesLoss` with its options applied. */
export type TradesLoss = {
  (logits: { readonly natural: tf.Tensor2D; readonly adversarial: tf.Tensor2D }, labels: tf.Tensor1D): TradesLossTerms;
  readonly passes: readonly Pass<'natural' | 'adversarial'>[];
};

/**
 * The forward passes of TRADES' published code: natural, adversarial, and natural again for the target of the KL. The third pass has the
 * batch statistics of the first, hence the same logits and gradient, so that only its update of the running statistics is needed.
 */
export const TRADES_PASSES: readonly Pass<'natural' | 'adversarial'>[] = [
  { view: 'natural', mode: 'batch-tracking' },
  { view: 'adversarial', mode: 'batch-tracking' },
  { view: 'natural', mode: 'batch-tracking', use: 'statistics' },
];

const WHERE: Where = '[@st/losses] tradesLoss';

/**
 * TRADES: CE(natural) + beta KL(natural || adversarial), batch mean; the gradient flows through both arguments of the KL.
 * @returns A loss of the logits of the natural and adversarial views; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a negative beta or a label smoothing outside [0, 1).
 * @see Zhang et al. 2019, TRADES, arXiv 1901.08573, algorithm 1
 */
export function tradesLoss(options: TradesLossOptions): TradesLoss {
  checkKnownOptions(WHERE, options, ['beta', 'labelSmoothing']);
  const beta = checkNumber(WHERE, 'beta', options.beta, { min: 0 });
  const labelSmoothing = checkLabelSmoothing(WHERE, options);
  const loss = (
    logits: { readonly natural: tf.Tensor2D; readonly adversarial: tf.Tensor2D },
    labels: tf.Tensor1D,
  ): TradesLossTerms =>
    tf.tidy(() => {
      checkObject(WHERE, 'logits', logits, ['natural', 'adversarial']);
      const natural = crossEntropy(logits.natural, labels, { labelSmoothing });
      const robust = klDivergence(logits.natural, logits.adversarial);
      const adversarial = withoutGradient(() => crossEntropy(logits.adversarial, labels));
      const total: tf.Scalar = tf.add(natural, tf.mul(beta, robust));
      return { natural, robust, adversarial, total };
    });
  return Object.assign(loss, { passes: TRADES_PASSES });
}
