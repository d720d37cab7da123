import type { Rng } from '@st/core';
import { checkKind, checkNumber, checkObject, type Where } from '@st/core/kit';

/** Where Square gets its random numbers from, all U[0, 1); in the order in which it asks, it is the published order. */
export type SquareDraws = {
  /** `count` numbers that hold for every example: the place and content of a window. */
  shared(count: number): ArrayLike<number>;
  /** `count` numbers for each of these examples (indices into the batch), one example after the other. */
  each(examples: readonly number[], count: number): ArrayLike<number>;
};

/**
 * The draws, refused where they are too few.
 * @throws {InvalidArgumentError} for what are no draws, at once or when they are asked.
 */
export function checkedDraws(where: Where, draws: SquareDraws): SquareDraws {
  checkObject(where, 'draws', draws, ['shared', 'each']);
  checkKind(where, 'draws.shared', draws.shared, 'function');
  checkKind(where, 'draws.each', draws.each, 'function');
  const checked = (argument: string, values: ArrayLike<number>, count: number): ArrayLike<number> => {
    checkKind(where, argument, values, 'numbers');
    checkNumber(where, `${argument}.length`, values.length, { min: count });
    return values;
  };
  return {
    shared: (count) => checked('draws.shared()', draws.shared(count), count),
    each: (examples, count) => checked('draws.each()', draws.each(examples, count), count * examples.length),
  };
}

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
