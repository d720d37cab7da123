import type { Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError } from './errors/errors.ts';
import { isObject } from './errors/kind-of-value.ts';
import type { Rng } from './rng.ts';

/**
 * Returns `value` if it is a random stream.
 * @param line - How to pass one: `search(classifier, batch, createRng(seed))`.
 * @throws {InvalidArgumentError} for anything else, including a seed.
 */
export function checkRng(where: Where, value: unknown, line = 'pass createRng(seed), of @st/core'): Rng {
  if (isRng(value)) return value;
  const seed = typeof value === 'number' ? `createRng(${value})` : 'createRng(1)';
  throw new InvalidArgumentError(
    `${where}: rng must be a random stream, got ${describeValue(value)}. Make one from a seed, const rng = ${seed}, and ${line}.`,
    { argument: 'rng', received: value },
  );
}

function isRng(value: unknown): value is Rng {
  if (!isObject(value)) return false;
  return ['next', 'integer', 'uniform', 'normal', 'permutation', 'split', 'state'].every(
    (method) => typeof value[method] === 'function',
  );
}
