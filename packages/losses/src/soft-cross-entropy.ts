import { checkTensor, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';

const WHERE: Where = '[@st/losses] softCrossEntropy';

/**
 * Mean cross-entropy at soft labels t: (1/n) sum_i sum_k t_ik -log softmax(z_i)[k]; label smoothing s replaces t by (1 - s) t + s / K.
 * @param logits - float32 `[batch, classes]`.
 * @param targets - float32 `[batch, classes]`, each row a distribution; values are not checked here but by `checkBatchValues`.
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} if the shapes differ.
 */
export function softCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D, options: LabelSmoothing = {}): tf.Scalar {
  const smoothing = checkLabelSmoothing(WHERE, options);
  checkTensor(WHERE, 'logits', logits, { dtype: 'float32', shape: ['batch', 'classes'] });
  checkTensor(WHERE, 'targets', targets, { dtype: 'float32', shape: logits.shape });
  return tf.tidy(() => {
    const weights = tf.add(tf.mul(1 - smoothing, targets), smoothing / logits.shape[1]);
    return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(weights, tf.logSoftmax(logits)), 1)));
  });
}
