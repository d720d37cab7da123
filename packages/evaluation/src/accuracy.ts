import { confidenceInterval } from './confidence-interval.ts';

/** A share of examples, with its counts and its confidence interval. */
export type Accuracy = {
  readonly correct: number;
  readonly total: number;
  /** `correct / total`, in [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % confidence interval of the accuracy on the population that the examples are drawn from. */
  readonly interval: { readonly low: number; readonly high: number };
};

/** The accuracy `correct / total` with its confidence interval. */
export function accuracyOf(correct: number, total: number): Accuracy {
  const [low, high] = confidenceInterval(correct, total);
  return { correct, total, accuracy: correct / total, interval: { low, high } };
}
