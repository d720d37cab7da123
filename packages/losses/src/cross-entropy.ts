import { checkKnownOptions } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLogits } from './check-logits.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';

const WHERE = '[@st/losses] crossEntropy';

/**
 * Mean cross-entropy: (1/n) sum_i -log softmax(z_i)[y_i], or with label smoothing s
 * (1/n) sum_i ((1 - s) -log softmax(z_i)[y_i] + (s/K) sum_k -log softmax(z_i)[k]).
 * @param logits - float32 `[batch, classes]`.
 * @param labels - int32 `[batch]`, each in [0, classes). A label outside contributes 0 in place of -log softmax(z_i)[y_i]; values are not
 *   checked here but by `checkBatchValues`.
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} for other ranks, dtypes or sizes.
 * @throws {InvalidArgumentError} for a smoothing outside [0, 1).
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, options: LabelSmoothing = {}): tf.Scalar {
  return tf.tidy(() => tf.mean(crossEntropyPerExample(logits, labels, options)));
}

/** Cross-entropy of each example, `[batch]` in nats. Arguments and errors as for `crossEntropy`. */
export function crossEntropyPerExample(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: LabelSmoothing = {},
): tf.Tensor1D {
  checkKnownOptions(WHERE, options, ['labelSmoothing']);
  const smoothing = checkLabelSmoothing(WHERE, options);
  checkLogits(WHERE, logits, labels);
  return tf.tidy(() => {
    const logProbabilities = tf.logSoftmax(logits);
    const atLabel = takeTrueClass(logProbabilities, labels);
    if (smoothing === 0) return tf.neg(atLabel);
    const atAll = tf.mul(smoothing, tf.mean(logProbabilities, 1));
    const smoothed: tf.Tensor1D = tf.add(tf.mul(1 - smoothing, atLabel), atAll);
    return tf.neg(smoothed);
  });
}

/** rows[i, labels[i]] for each i, `[batch]`; differentiable. */
export function takeTrueClass(rows: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    // cast, because with dtype 'float32' oneHot of tfjs-backend-wasm 4.22 returns int32 bits labeled float32
    const mask = tf.cast(tf.oneHot(labels, rows.shape[1]), 'float32');
    return tf.sum(tf.mul(rows, mask), 1);
  });
}
