import type { Rng } from '@st/core';
import { checkKind, checkNumber, checkObject, type Where } from '@st/core/kit';

/** The random numbers of Square, all U[0, 1), drawn in the order of the published code. */
export type SquareDraws = {
  /** `count` numbers that all examples share: the position and content of a window. */
  shared(count: number): ArrayLike<number>;
  /** `count` numbers for each of these examples (indices into the batch), one example after the other. */
  each(examples: readonly number[], count: number): ArrayLike<number>;
};

/**
 * The draws, each call checked to return enough numbers.
 * @throws {InvalidArgumentError} for anything but draws, at once or when they are called.
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
 * Draws of Square from streams: `shared` gives every batch the same numbers at the same iteration, and each example draws from its own stream, so
 * that its result does not depend on the batch around it.
 * @param own - One stream an example of the batch.
 */
export function drawsOf(shared: Rng, own: readonly Rng[]): SquareDraws {
  const numbers = (rng: Rng | undefined, count: number): number[] =>
    Array.from({ length: count }, () => rng?.next() ?? Number.NaN);
  return {
    shared: (count) => numbers(shared, count),
    each: (examples, count) => examples.flatMap((example) => numbers(own[example], count)),
  };
}
