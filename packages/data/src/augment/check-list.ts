import { InvalidArgumentError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

/** The form of a list's members. */
type ListOf = {
  /** A method that each member must have. */
  readonly method: string;
  /** A list as it is written: `[randomCrop({ padding: 4 })]`. */
  readonly line: string;
};

/**
 * Returns `value` if it is a list of objects that have a name and the method.
 * @throws {InvalidArgumentError} for anything else, with the line to write in its place.
 */
export function checkList<T>(where: Where, argument: string, value: unknown, { method, line }: ListOf): readonly T[] {
  if (Array.isArray(value) && value.every((member) => isMember(member, method))) return value;
  throw new InvalidArgumentError(
    `${where}: ${argument} must be a list, ${line}, got ${describeValue(value)}. Each member has a name and ${method}(...).`,
    { argument, received: value },
  );
}

function isMember(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}
