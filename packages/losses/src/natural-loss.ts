import type { Loss, LossTerms, Pass } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { crossEntropy } from './cross-entropy.ts';

/** The one forward pass of natural training. */
export const NATURAL_PASSES: readonly Pass<'natural'>[] = [{ view: 'natural', mode: 'batch-tracking' }];

/**
 * Natural training: cross-entropy at the natural view, under the terms `natural` and `total`.
 * @returns A loss of the logits of the natural view; its terms are the caller's.
 */
export function naturalLoss(): Loss<'natural'> {
  const loss = (logits: { readonly natural: tf.Tensor2D }, labels: tf.Tensor1D): LossTerms => {
    const natural = crossEntropy(logits.natural, labels);
    return { natural, total: tf.clone(natural) };
  };
  return Object.assign(loss, { passes: NATURAL_PASSES });
}
