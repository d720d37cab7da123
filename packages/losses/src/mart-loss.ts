import type { LossTerms, Pass } from '@st/core';
import { checkKnownOptions, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLogits, checkSameLogits } from './check-logits.ts';
import { crossEntropyPerExample, takeTrueClass } from './cross-entropy.ts';
import { strongestWrongClass } from './margin.ts';
import { stopGradient, withoutGradient } from './without-gradient.ts';

export type MartLossOptions = {
  /** Weight of the robust term (lambda in the paper), >= 0; 5 in the paper's CIFAR-10 results, 6 in the published code. */
  readonly beta: number;
};

/** What `martLoss` returns; `natural` and `adversarial` are for reports and carry no gradient. */
export type MartLossTerms = LossTerms & {
  /** Boosted cross-entropy at the adversarial view: BCE of `martLoss`. */
  readonly boosted: tf.Scalar;
  /** KL(natural || adversarial), each example weighted by 1 - the natural true-class probability; before `beta`. */
  readonly robust: tf.Scalar;
  /** Cross-entropy at the adversarial view. */
  readonly adversarial: tf.Scalar;
  /** Cross-entropy at the natural view. */
  readonly natural: tf.Scalar;
};

type MartLogits = { readonly natural: tf.Tensor2D; readonly adversarial: tf.Tensor2D };

/** `martLoss` with its options applied. */
export type MartLoss = {
  (logits: MartLogits, labels: tf.Tensor1D): MartLossTerms;
  readonly passes: readonly Pass<'natural' | 'adversarial'>[];
};

/** The forward passes of MART's published code. */
export const MART_PASSES: readonly Pass<'natural' | 'adversarial'>[] = [
  { view: 'natural', mode: 'batch-tracking' },
  { view: 'adversarial', mode: 'batch-tracking' },
];

// The constants of the published code. They change the loss: below the floor, a smaller probability hardly raises it.
const MARGIN_CEILING = 1.0001;
const WEIGHT_CEILING = 1.0000001;
const PROBABILITY_FLOOR = 1e-12;

const WHERE: Where = '[@st/losses] martLoss';

/**
 * Misclassification-aware adversarial training (MART): BCE(adversarial) + beta (1/n) sum_i KL(p_i || q_i) (1 - p_i[y_i]) with p the natural
 * and q the adversarial probabilities, and the boosted cross-entropy BCE = (1/n) sum_i (-log q_i[y_i] - log(1 - max_{k != y_i} q_i[k])).
 * The gradient flows through both arguments of the KL and through its weights, as in the published code.
 * @returns A loss of the logits of the natural and adversarial views; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a negative beta.
 * @see Wang et al. 2020, "Improving adversarial robustness requires revisiting misclassified examples" (ICLR), equations 8 to 11
 */
export function martLoss(options: MartLossOptions): MartLoss {
  checkKnownOptions(WHERE, options, ['beta']);
  const beta = checkNumber(WHERE, 'beta', options.beta, { min: 0 });
  const loss = (logits: MartLogits, labels: tf.Tensor1D): MartLossTerms => {
    checkObject(WHERE, 'logits', logits, ['natural', 'adversarial']);
    checkLogits(WHERE, logits.natural, labels);
    checkSameLogits(WHERE, logits.natural, logits.adversarial);
    return tf.tidy(() => {
      const boosted = tf.mean<tf.Scalar>(boostedCrossEntropy(logits.adversarial, labels));
      const robust = tf.mean<tf.Scalar>(weightedDivergence(logits, labels));
      const report = (z: tf.Tensor2D): tf.Scalar =>
        withoutGradient(() => tf.mean<tf.Scalar>(crossEntropyPerExample(z, labels)));
      const total: tf.Scalar = tf.add(boosted, tf.mul(beta, robust));
      return { boosted, robust, adversarial: report(logits.adversarial), natural: report(logits.natural), total };
    });
  };
  return Object.assign(loss, { passes: MART_PASSES });
}

function boostedCrossEntropy(adversarial: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const rival = withoutGradient(() => strongestWrongClass(adversarial, labels));
  const rivalProbability = takeTrueClass(tf.softmax(adversarial), rival);
  const pushAway = tf.neg(tf.log(tf.sub(MARGIN_CEILING, rivalProbability)));
  return tf.add(crossEntropyPerExample(adversarial, labels), pushAway);
}

function weightedDivergence({ natural, adversarial }: MartLogits, labels: tf.Tensor1D): tf.Tensor1D {
  const logP = tf.logSoftmax(natural);
  const p = tf.exp(logP);
  const logQ = tf.log(tf.add(tf.softmax(adversarial), PROBABILITY_FLOOR));
  // sum_c p d(log p) = sum_c dp = 0: without this term the gradient is the same and has no cancellation error
  const divergence = tf.sum(tf.mul(p, tf.sub(stopGradient(logP), logQ)), 1);
  return tf.mul(divergence, tf.sub(WEIGHT_CEILING, takeTrueClass(p, labels)));
}
