import type { Rng } from '@st/core';

/** Where Square gets its random numbers from, all U[0, 1); in the order in which it asks, it is the published order. */
export type SquareDraws = {
  /** `count` numbers that hold for every example: the place and content of a window. */
  shared(count: number): ArrayLike<number>;
  /** `count` numbers for each of these examples (indices into the batch), one example after the other. */
  each(examples: readonly number[], count: number): ArrayLike<number>;
};

/**
 * Draws of Square from streams: `shared` gives every batch the same numbers at the same iteration, and an example's own come from its own
 * stream, so that what happens to an example does not depend on the batch around it.
 * @param own - One an example of the batch.
 */
export function drawsOf(shared: Rng, own: readonly Rng[]): SquareDraws {
  const numbers = (rng: Rng | undefined, count: number): number[] =>
    Array.from({ length: count }, () => rng?.next() ?? Number.NaN);
  return {
    shared: (count) => numbers(shared, count),
    each: (examples, count) => examples.flatMap((example) => numbers(own[example], count)),
  };
}
