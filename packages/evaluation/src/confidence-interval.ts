import { checkNumber, type Where } from '@st/core/kit';

const WHERE: Where = '[@st/evaluation] confidenceInterval';

/** The normal quantile of a two-sided 95 % interval. */
const Z = 1.959964;

/**
 * Wilson's 95 % score interval of an accuracy, estimated from `correct` out of `examples`.
 * @returns The lower and the upper bound, in [0, 1].
 * @throws {InvalidArgumentError} unless 1 <= examples and 0 <= correct <= examples, both integers.
 * @see Wilson 1927, "Probable inference, the law of succession, and statistical inference"
 */
export function confidenceInterval(correct: number, examples: number): readonly [number, number] {
  checkNumber(WHERE, 'examples', examples, { min: 1, integer: true });
  checkNumber(WHERE, 'correct', correct, { min: 0, max: examples, integer: true });
  const share = correct / examples;
  const spread = Z * Math.sqrt((share * (1 - share)) / examples + (Z * Z) / (4 * examples * examples));
  const center = share + (Z * Z) / (2 * examples);
  const scale = 1 + (Z * Z) / examples;
  return [Math.max(0, (center - spread) / scale), Math.min(1, (center + spread) / scale)];
}
