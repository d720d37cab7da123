import { confidenceInterval } from './confidence-interval.ts';

/** A share of examples, with the exact counts behind it and the interval they allow. */
export type Accuracy = {
  readonly correct: number;
  readonly total: number;
  /** `correct / total`, in [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % interval of the accuracy on all such examples. */
  readonly interval: { readonly low: number; readonly high: number };
};

/** The accuracy that the counts stand for. */
export function accuracyOf(correct: number, total: number): Accuracy {
  const [low, high] = confidenceInterval(correct, total);
  return { correct, total, accuracy: correct / total, interval: { low, high } };
}
