/** The state of the search for an example's constant. */
type Bracket = { readonly constant: number; readonly lower: number; readonly upper: number };

/** Growth of a constant while none was large enough; the published value. */
const GROWTH = 10;

/**
 * The binary search for the constant c that weighs the misclassification against the distance, example by example. After a success it is bisected
 * downward; after a failure it is bisected upward, or multiplied by 10 while none has succeeded.
 * @see Carlini and Wagner 2017, arXiv 1608.04644, section V-C
 */
export class ConstantSearch {
  readonly #brackets: Bracket[];

  constructor(examples: number, first: number) {
    this.#brackets = Array.from({ length: examples }, () => ({
      constant: first,
      lower: 0,
      upper: Number.POSITIVE_INFINITY,
    }));
  }

  constantOf(example: number): number {
    return this.#brackets[example]?.constant ?? Number.NaN;
  }

  /** Updates the bracket by the outcome of the example's constant. */
  update(example: number, succeeded: boolean): void {
    const before = this.#brackets[example];
    if (before === undefined) return;
    const lower = succeeded ? before.lower : Math.max(before.lower, before.constant);
    const upper = succeeded ? Math.min(before.upper, before.constant) : before.upper;
    const constant = Number.isFinite(upper) ? (lower + upper) / 2 : before.constant * GROWTH;
    this.#brackets[example] = { constant, lower, upper };
  }
}
