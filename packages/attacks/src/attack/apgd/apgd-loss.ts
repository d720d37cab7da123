import { InvalidArgumentError } from '@st/core';
import { crossEntropyPerExample, dlrPerExample, targetedDlrPerExample } from '@st/losses';
import type * as tf from '@tensorflow/tfjs-core';

/** The loss that APGD raises: cross-entropy, the difference of logits ratio (DLR), or the targeted DLR. */
export type ApgdLoss = 'ce' | 'dlr' | 'dlr-targeted';

export const APGD_LOSSES: readonly ApgdLoss[] = ['ce', 'dlr', 'dlr-targeted'];

/** The classes that a loss compares the logits with. */
export type ApgdLabels = {
  /** int32 `[batch]`, the true classes. */
  readonly labels: tf.Tensor1D;
  /** int32 `[batch]`, the target classes; for `'dlr-targeted'` alone. */
  readonly targets?: tf.Tensor1D;
};

/** The least number of classes that each loss is defined for. */
export const LEAST_CLASSES: Readonly<Record<ApgdLoss, number>> = { ce: 2, dlr: 3, 'dlr-targeted': 4 };

/**
 * The loss of each example, `[batch]`; the caller disposes it.
 * @throws {InvalidArgumentError} if the targeted loss gets no targets.
 */
export function apgdLoss(loss: ApgdLoss, logits: tf.Tensor2D, { labels, targets }: ApgdLabels): tf.Tensor1D {
  if (loss === 'ce') return crossEntropyPerExample(logits, labels);
  if (loss === 'dlr') return dlrPerExample(logits, labels);
  if (targets) return targetedDlrPerExample(logits, labels, targets);
  throw new InvalidArgumentError(
    "[@st/attacks] apgdRun: targets must be given with the loss 'dlr-targeted', got none. Pass int32 [batch], the classes to reach.",
    { argument: 'targets' },
  );
}
