import { InvalidArgumentError, ShapeError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLogits } from './check-logits.ts';
import { takeTrueClass } from './cross-entropy.ts';
import { withoutGradient } from './without-gradient.ts';

/** Keeps the quotient finite where all logits are equal; the constant of the published code. */
const NON_ZERO = 1e-12;

/** The fewest classes that each loss is defined for: its denominator uses the logit of this rank. */
const CLASSES = { dlr: 3, targeted: 4 } as const;

/**
 * Difference of logits ratio (DLR) of each example: -(z_y - max_{j != y} z_j) / (z_(1) - z_(3) + 1e-12), z_(k) the k-th largest logit.
 * It is invariant to shift and scale of the logits, so that its gradient does not vanish when softmax saturates. Positive where the example
 * is misclassified. All four logits get gradients; of equal logits the lower class ranks first.
 * @param logits - float32 `[batch, classes]`, at least 3 classes.
 * @param labels - int32 `[batch]`.
 * @returns `[batch]`, in [-1, 0] where the example is classified correctly; the caller disposes it.
 * @throws {InvalidArgumentError} for fewer classes; {ShapeError} for other ranks, dtypes or sizes.
 * @see Croce and Hein 2020, arXiv 2003.01690, equation 6
 */
export function dlrPerExample(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const where: Where = '[@st/losses] dlrPerExample';
  checkLogits(where, logits, labels);
  checkClasses(where, logits, CLASSES.dlr);
  return tf.tidy(() => {
    const [first, second, third] = rankedClasses(logits, 3);
    const isTrueClass = tf.equal(first, labels);
    const rival: tf.Tensor1D = tf.where(isTrueClass, second, first);
    const margin = tf.sub(takeTrueClass(logits, labels), takeTrueClass(logits, rival));
    const spread = tf.sub(takeTrueClass(logits, first), takeTrueClass(logits, third));
    const ratio: tf.Tensor1D = tf.div(margin, tf.add(spread, NON_ZERO));
    return tf.neg(ratio);
  });
}

/**
 * Targeted difference of logits ratio of each example: -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12). See `dlrPerExample`.
 * @param logits - float32 `[batch, classes]`, at least 4 classes.
 * @param labels - int32 `[batch]`, the true classes y.
 * @param targets - int32 `[batch]`, the classes t to reach.
 * @returns `[batch]`; the caller disposes it.
 * @throws {InvalidArgumentError} for fewer classes; {ShapeError} for other ranks, dtypes or sizes.
 * @see Croce and Hein 2020, arXiv 2003.01690, equation 7
 */
export function targetedDlrPerExample(logits: tf.Tensor2D, labels: tf.Tensor1D, targets: tf.Tensor1D): tf.Tensor1D {
  const where: Where = '[@st/losses] targetedDlrPerExample';
  checkLogits(where, logits, labels);
  checkTargets(where, labels, targets);
  checkClasses(where, logits, CLASSES.targeted);
  return tf.tidy(() => {
    const [first, , third, fourth] = rankedClasses(logits, 4);
    const margin = tf.sub(takeTrueClass(logits, labels), takeTrueClass(logits, targets));
    const lower = tf.mul(0.5, tf.add(takeTrueClass(logits, third), takeTrueClass(logits, fourth)));
    const spread = tf.sub(takeTrueClass(logits, first), lower);
    const ratio: tf.Tensor1D = tf.div(margin, tf.add(spread, NON_ZERO));
    return tf.neg(ratio);
  });
}

type Ranks = { 3: [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]; 4: [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D] };

/** The classes of the `count` largest logits of each row, largest first, as constants. */
function rankedClasses<N extends keyof Ranks>(logits: tf.Tensor2D, count: N): Ranks[N] {
  const ranked = withoutGradient(() => tf.topk(logits, count).indices);
  return tf.unstack(ranked, 1) as Ranks[N]; // one tensor per rank
}

function checkClasses(where: Where, logits: tf.Tensor2D, least: number): void {
  const classes = logits.shape[1];
  if (classes >= least) return;
  throw new InvalidArgumentError(
    `${where}: logits must have at least ${least} classes, got ${classes}. The loss divides by a difference to the ${least === 4 ? 'fourth' : 'third'} largest logit; for fewer classes use the margin or cross-entropy.`,
    { argument: 'logits', received: classes },
  );
}

function checkTargets(where: Where, labels: tf.Tensor1D, targets: tf.Tensor1D): void {
  if (targets?.dtype === 'int32' && targets.rank === 1 && targets.size === labels.size) return;
  throw new ShapeError(
    `${where}: targets must be int32 [${labels.size}], one class index per example, got ${describeValue(targets)}. Use tf.tensor1d(values, "int32").`,
    { argument: 'targets', received: targets?.shape },
  );
}
