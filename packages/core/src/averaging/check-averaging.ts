import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';

/**
 * Checks that a value is an averaging scheme.
 * @throws {InvalidArgumentError} for anything else, such as a decay.
 */
export function checkAveraging(where: Where, value: unknown): void {
  if (isObject(value) && typeof value.share === 'function') return;
  throw new InvalidArgumentError(
    `${where}: averaging must be an averaging, got ${describeValue(value)}. Build one: ema({ decay: 0.995 }) or swa({ start: 80 }).`,
    { argument: 'averaging', received: value },
  );
}
