import type { Where } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object; undefined members are omitted from the text. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined };

/**
 * The value as JSON text.
 * @throws {InvalidArgumentError} for a value that JSON cannot represent, such as a bigint or a circular object.
 */
export function jsonText(where: Where, argument: string, value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`${where}: ${argument} must be JSON: ${reason}.`, {
      argument,
      received: value,
      cause,
    });
  }
}
