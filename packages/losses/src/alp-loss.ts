import type { LossTerms, Pass } from '@st/core';
import { checkKnownOptions, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkSameLogits } from './check-logits.ts';
import { crossEntropy } from './cross-entropy.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';

export type AlpLossOptions = LabelSmoothing & {
  /** Weight of the pairing term (lambda in the paper), >= 0; 0.5 in the published command line. */
  readonly beta: number;
};

/** What `alpLoss` returns. */
export type AlpLossTerms = LossTerms & {
  /** Cross-entropy at the natural view. */
  readonly natural: tf.Scalar;
  /** Cross-entropy at the adversarial view. */
  readonly adversarial: tf.Scalar;
  /** Mean squared difference of the logits, before `beta`. */
  readonly pairing: tf.Scalar;
};

type AlpLogits = { readonly natural: tf.Tensor2D; readonly adversarial: tf.Tensor2D };

/** `alpLoss` with its options applied. */
export type AlpLoss = {
  (logits: AlpLogits, labels: tf.Tensor1D): AlpLossTerms;
  readonly passes: readonly Pass<'natural' | 'adversarial'>[];
};

/** Natural, then adversarial: the order in which the published code concatenates them into one batch with one set of batch statistics. */
export const ALP_PASSES: readonly Pass<'natural' | 'adversarial'>[] = [
  { view: 'natural', mode: 'batch-tracking' },
  { view: 'adversarial', mode: 'batch-tracking' },
];

const WHERE: Where = '[@st/losses] alpLoss';

/**
 * Adversarial logit pairing (ALP): (CE(natural) + CE(adversarial)) / 2 + beta (1 / (n K)) sum_i ||z_i - z'_i||^2, z and z' the natural and
 * adversarial logits of n examples and K classes. As in the published code, the squares are averaged over the classes. That code also
 * smooths labels by 0.1.
 * Deviation: each view has its own forward pass and its own batch statistics.
 * @returns A loss of the logits of the natural and adversarial views; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a negative beta or a label smoothing outside [0, 1).
 * @see Kannan, Kurakin and Goodfellow 2018, arXiv 1803.06373, section 3
 */
export function alpLoss(options: AlpLossOptions): AlpLoss {
  checkKnownOptions(WHERE, options, ['beta', 'labelSmoothing']);
  const beta = checkNumber(WHERE, 'beta', options.beta, { min: 0 });
  const labelSmoothing = checkLabelSmoothing(WHERE, options);
  const loss = (logits: AlpLogits, labels: tf.Tensor1D): AlpLossTerms => {
    checkObject(WHERE, 'logits', logits, ['natural', 'adversarial']);
    checkSameLogits(WHERE, logits.natural, logits.adversarial);
    return tf.tidy(() => {
      const natural = crossEntropy(logits.natural, labels, { labelSmoothing });
      const adversarial = crossEntropy(logits.adversarial, labels, { labelSmoothing });
      const pairing = tf.mean<tf.Scalar>(tf.squaredDifference(logits.natural, logits.adversarial));
      const total: tf.Scalar = tf.add(tf.mul(0.5, tf.add(natural, adversarial)), tf.mul(beta, pairing));
      return { natural, adversarial, pairing, total };
    });
  };
  return Object.assign(loss, { passes: ALP_PASSES });
}
