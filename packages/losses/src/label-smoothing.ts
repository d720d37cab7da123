import { checkNumber, type Where } from '@st/core/kit';

/** Label smoothing, for losses that use the labels in a cross-entropy. */
export type LabelSmoothing = {
  /**
   * The share s of each label that is spread evenly over all K classes, in [0, 1). The target distribution is (1 - s) onehot(y) + s / K,
   * and the loss (1 - s) CE(z, y) + s (1/K) sum_k CE(z, k). Default 0.
   * @see Szegedy et al. 2016, arXiv 1512.00567, section 7
   */
  readonly labelSmoothing?: number;
};

/**
 * Returns the share to smooth by, 0 if none is given.
 * @throws {InvalidArgumentError} for a share outside [0, 1).
 */
export function checkLabelSmoothing(where: Where, { labelSmoothing = 0 }: LabelSmoothing): number {
  return checkNumber(where, 'labelSmoothing', labelSmoothing, { min: 0, max: 1, belowMax: true });
}
