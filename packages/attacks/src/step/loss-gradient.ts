import type { BatchNormMode, Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { inputGradients } from '../gradient/input-gradients.ts';
import type { PerExampleLoss } from './ascent-loss.ts';

/** Points, and the classes at which their loss is evaluated. */
export type LabeledPoints = { readonly points: tf.Tensor4D; readonly labels: tf.Tensor1D };

/** The result of one forward and one backward pass at points; the caller disposes all tensors. */
export type LossGradient = {
  /** Of the sum of the losses with respect to the points; undefined where they do not depend on the points. */
  readonly gradient: tf.Tensor4D | undefined;
  /** `[batch]`. */
  readonly losses: tf.Tensor1D;
  /** `[batch, classes]`. */
  readonly logits: tf.Tensor2D;
};

/** grad_z sum_i loss_i(z), with respect to the points alone: no weight is differentiated. Checks nothing. */
export function lossGradient(
  classifier: Classifier,
  { points, labels }: LabeledPoints,
  mode: BatchNormMode,
  lossOf: PerExampleLoss,
): LossGradient {
  const { gradients, found } = inputGradients(() => {
    const logits = classifier.logits(points, mode);
    const losses = lossOf(logits, labels);
    return { value: tf.sum(losses), found: { losses, logits } };
  }, [points]);
  return { gradient: gradients[0], ...found };
}
