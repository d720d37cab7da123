import type { Objective } from './contracts/objective.ts';
import type { Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError } from './errors/errors.ts';
import { isObject } from './errors/kind-of-value.ts';

/**
 * Returns `value` if it is an objective.
 * @throws {InvalidArgumentError} for anything else, such as a loss; the message says what to write instead.
 */
export function checkObjective(where: Where, value: unknown): Objective {
  if (isObjective(value)) return value;
  const hint =
    typeof value === 'function'
      ? 'A loss or a search alone is not an objective: combine them with objective({ search, loss }) of @st/losses.'
      : 'Build one: squeezeTraining({ epsilon: 8 / 255, stepSize: 2 / 255, steps: 10, beta: 6 }) of @st/attacks, or objective({ search, loss }) of @st/losses.';
  throw new InvalidArgumentError(`${where}: objective must be an objective, got ${describeValue(value)}. ${hint}`, {
    argument: 'objective',
    received: value,
  });
}

function isObjective(value: unknown): value is Objective {
  return isObject(value) && ['search', 'loss', 'wrapUpdate'].every((name) => typeof value[name] === 'function');
}
