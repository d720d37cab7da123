import * as tf from '@tensorflow/tfjs-core';

import { checkLogits } from './check-logits.ts';

/**
 * Mean cross-entropy: (1/n) sum_i -log softmax(z_i)[y_i].
 * @param logits - float32 `[batch, classes]`.
 * @param labels - int32 `[batch]`, each in [0, classes); a label outside counts as a loss of 0 (values are checked at the edge, see `checkBatchValues`).
 * @returns A scalar in nats; the caller disposes it.
 * @throws {ShapeError} for other ranks, dtypes or sizes.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.mean(crossEntropyPerExample(logits, labels)));
}

/** Cross-entropy of each example, `[batch]` in nats; otherwise as `crossEntropy`. */
export function crossEntropyPerExample(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  checkLogits('[@st/losses] crossEntropy', logits, labels);
  return tf.tidy(() => tf.neg(takeTrueClass(tf.logSoftmax(logits), labels)));
}

/** Row i's entry at labels[i], differentiable: `[batch]`. */
export function takeTrueClass(rows: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    // oneHot's own dtype argument writes int32 bits under a float32 label on wasm (4.22): cast instead
    const mask = tf.cast(tf.oneHot(labels, rows.shape[1]), 'float32');
    return tf.sum(tf.mul(rows, mask), 1);
  });
}
