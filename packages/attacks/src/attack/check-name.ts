import { InvalidArgumentError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

/**
 * Returns the name of an attack, which identifies it in reports.
 * @throws {InvalidArgumentError} for anything but a text, or an empty one.
 */
export function checkName(where: Where, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidArgumentError(
    `${where}: name must be a text, got ${describeValue(name)}. Reports show it; leave it out for the usual one.`,
    { argument: 'name', received: name },
  );
}
