import type { Loss, LossTerms, Pass } from '@st/core';
import { checkKnownOptions, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { crossEntropy } from './cross-entropy.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';
import { softCrossEntropy } from './soft-cross-entropy.ts';

/** The one forward pass of natural training. */
const NATURAL_PASSES: readonly Pass<'natural'>[] = [{ view: 'natural', mode: 'batch-tracking' }];

const WHERE: Where = '[@st/losses] naturalLoss';

/**
 * Natural training: cross-entropy at the natural view, returned as the terms `natural` and `total`. Uses the batch's soft labels if it
 * has them.
 * @returns A loss of the logits of the natural view; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a label smoothing outside [0, 1).
 */
export function naturalLoss(options: LabelSmoothing = {}): Loss<'natural'> {
  checkKnownOptions(WHERE, options, ['labelSmoothing']);
  const labelSmoothing = checkLabelSmoothing(WHERE, options);
  const loss = (logits: { readonly natural: tf.Tensor2D }, labels: tf.Tensor1D, targets?: tf.Tensor2D): LossTerms => {
    checkObject(WHERE, 'logits', logits, ['natural']);
    const natural = targets
      ? softCrossEntropy(logits.natural, targets, { labelSmoothing })
      : crossEntropy(logits.natural, labels, { labelSmoothing });
    return { natural, total: tf.clone(natural) };
  };
  return Object.assign(loss, { passes: NATURAL_PASSES, takesTargets: true as const });
}
