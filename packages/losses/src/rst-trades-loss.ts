import { type LossTerms, type Pass, UNLABELED } from '@st/core';
import { checkKnownOptions, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLogits } from './check-logits.ts';
import { crossEntropyPerExample } from './cross-entropy.ts';
import { klDivergence } from './kl-divergence.ts';
import { withoutGradient } from './without-gradient.ts';

export type RstTradesLossOptions = {
  /** Weight of the robust term, >= 0; 6 in the paper. */
  readonly beta: number;
  /** Weight of the entropy of the predictions of unlabeled examples, >= 0. Default 0, as in the paper's own results. */
  readonly entropyWeight?: number;
};

/** What `rstTradesLoss` returns; `adversarial` is for reports and carries no gradient. */
export type RstTradesLossTerms = LossTerms & {
  /** Cross-entropy at the natural view, the mean over the labeled examples; 0 if there are none. */
  readonly natural: tf.Scalar;
  /** KL(natural || adversarial), the mean over all examples, before `beta`. */
  readonly robust: tf.Scalar;
  /** Entropy at the natural view, the mean over the unlabeled examples, before its weight; 0 if there are none. */
  readonly entropy: tf.Scalar;
  /** Cross-entropy at the adversarial view, the mean over the labeled examples. */
  readonly adversarial: tf.Scalar;
};

type RstTradesLogits = { readonly natural: tf.Tensor2D; readonly adversarial: tf.Tensor2D };

/** `rstTradesLoss` with its options applied. */
export type RstTradesLoss = {
  (logits: RstTradesLogits, labels: tf.Tensor1D): RstTradesLossTerms;
  readonly passes: readonly Pass<'natural' | 'adversarial'>[];
  readonly takesUnlabeled: true;
};

/** The forward passes of robust self-training's published code: the adversarial view first, each view once. */
export const RST_TRADES_PASSES: readonly Pass<'natural' | 'adversarial'>[] = [
  { view: 'adversarial', mode: 'batch-tracking' },
  { view: 'natural', mode: 'batch-tracking' },
];

const WHERE: Where = '[@st/losses] rstTradesLoss';

/**
 * TRADES within robust self-training: CE(natural) + beta KL(natural || adversarial) + entropyWeight H(natural). CE is the mean over the
 * labeled examples, KL over all, H over the unlabeled ones, whose label is `UNLABELED`. With pseudo-labels all examples are labeled. The
 * gradient flows through both arguments of the KL.
 * Deviation: without labeled examples the cross-entropy is 0; in the published code it is NaN.
 * @returns A loss of the logits of the natural and adversarial views; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a negative weight.
 * @see Carmon et al. 2019, "Unlabeled data improves adversarial robustness", arXiv 1905.13736, equation 6 and appendix B
 */
export function rstTradesLoss(options: RstTradesLossOptions): RstTradesLoss {
  checkKnownOptions(WHERE, options, ['beta', 'entropyWeight']);
  const beta = checkNumber(WHERE, 'beta', options.beta, { min: 0 });
  const entropyWeight = checkNumber(WHERE, 'entropyWeight', options.entropyWeight ?? 0, { min: 0 });
  const loss = (logits: RstTradesLogits, labels: tf.Tensor1D): RstTradesLossTerms =>
    tf.tidy(() => {
      checkObject(WHERE, 'logits', logits, ['natural', 'adversarial']);
      checkLogits(WHERE, logits.natural, labels);
      const unlabeled = tf.cast(tf.equal(labels, UNLABELED), 'float32') as tf.Tensor1D;
      const labeled = tf.sub(1, unlabeled) as tf.Tensor1D;
      const natural = meanOver(labeled, crossEntropyPerExample(logits.natural, labels));
      const robust = klDivergence(logits.natural, logits.adversarial);
      const entropy = meanOver(unlabeled, entropyPerExample(logits.natural));
      const adversarial = withoutGradient(() => meanOver(labeled, crossEntropyPerExample(logits.adversarial, labels)));
      const supervised: tf.Scalar = tf.add(natural, tf.mul(beta, robust));
      const total: tf.Scalar = tf.add(supervised, tf.mul(entropyWeight, entropy));
      return { natural, robust, entropy, adversarial, total };
    });
  return Object.assign(loss, { passes: RST_TRADES_PASSES, takesUnlabeled: true as const });
}

/** The mean of the values whose mask is 1; 0 if the mask is 0 everywhere. */
function meanOver(mask: tf.Tensor1D, values: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(tf.mul(mask, values)), tf.maximum(tf.sum(mask), 1));
}

function entropyPerExample(logits: tf.Tensor2D): tf.Tensor1D {
  const logP = tf.logSoftmax(logits);
  const negative: tf.Tensor1D = tf.sum(tf.mul(tf.exp(logP), logP), 1);
  return tf.neg(negative);
}
