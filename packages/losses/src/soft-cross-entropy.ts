import { describeValue, ShapeError, type Where } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';

const WHERE: Where = '[@st/losses] softCrossEntropy';

/**
 * Mean cross-entropy at soft labels t: (1/n) sum_i sum_k t_ik -log softmax(z_i)[k]; label smoothing s takes (1 - s) t + s / K for t.
 * @param logits - float32 `[batch, classes]`.
 * @param targets - float32 `[batch, classes]`, each row a distribution (values are checked at the edge, see `checkBatchValues`).
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, options: LabelSmoothing = {}): tf.Scalar {
  const smoothing = checkLabelSmoothing(WHERE, options);
  if (logits.rank !== 2 || targets.rank !== 2 || logits.shape.join() !== targets.shape.join()) {
    throw new ShapeError(
      `${WHERE}: targets must have the shape of the logits, [batch, classes], got ${describeValue(targets)} for ${describeValue(logits)}.`,
      { argument: 'targets', received: targets.shape },
    );
  }
  return tf.tidy(() => {
    const weights = tf.add(tf.mul(1 - smoothing, targets), smoothing / logits.shape[1]);
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(weights, tf.logSoftmax(logits)), 1)));
  });
}
