import type { Loss, LossTerms, Pass } from '@st/core';
import { checkKnownOptions, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { crossEntropy } from './cross-entropy.ts';
import { checkLabelSmoothing, type LabelSmoothing } from './label-smoothing.ts';
import { softCrossEntropy } from './soft-cross-entropy.ts';

/** The one forward pass of adversarial training. */
const ADVERSARIAL_PASSES: readonly Pass<'adversarial'>[] = [{ view: 'adversarial', mode: 'batch-tracking' }];

const WHERE: Where = '[@st/losses] adversarialLoss';

/**
 * Adversarial training (AT): cross-entropy at the adversarial view, returned as the terms `adversarial` and `total`.
 * Uses the batch's soft labels if it has them.
 * @returns A loss of the logits of the adversarial view; the caller disposes its terms.
 * @throws {InvalidArgumentError} for a label smoothing outside [0, 1).
 * @see Madry et al. 2018, arXiv 1706.06083, equation 2.1
 */
export function adversarialLoss(options: LabelSmoothing = {}): Loss<'adversarial'> {
  checkKnownOptions(WHERE, options, ['labelSmoothing']);
  const labelSmoothing = checkLabelSmoothing(WHERE, options);
  const loss = (
    logits: { readonly adversarial: tf.Tensor2D },
    labels: tf.Tensor1D,
    targets?: tf.Tensor2D,
  ): LossTerms => {
    checkObject(WHERE, 'logits', logits, ['adversarial']);
    const adversarial = targets
      ? softCrossEntropy(logits.adversarial, targets, { labelSmoothing })
      : crossEntropy(logits.adversarial, labels, { labelSmoothing });
    return { adversarial, total: tf.clone(adversarial) };
  };
  return Object.assign(loss, { passes: ADVERSARIAL_PASSES, takesTargets: true as const });
}
