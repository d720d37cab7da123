import { InvalidArgumentError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

/**
 * Returns `value` if it is the path of a file or folder.
 * @throws {InvalidArgumentError} for anything but a text that is not empty.
 */
export function checkPath(where: Where, argument: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  const mend = value instanceof URL ? ` Pass fileURLToPath(url), of node:url.` : '';
  throw new InvalidArgumentError(`${where}: ${argument} must be a path, got ${describeValue(value)}.${mend}`, {
    argument,
    received: value,
  });
}
