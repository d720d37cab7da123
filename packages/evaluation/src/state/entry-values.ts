import { CheckpointError } from '@st/core';
import { describeValue, type JsonObject } from '@st/core/kit';

import { FLAGS, type Flag, type FlagCode } from '../flags/flag.ts';
import type { JournalEntry } from './journal.ts';

const WHERE = '[@st/evaluation] evaluateRobustness';

/**
 * A number among the values of a step.
 * @throws {CheckpointError} if it is not a number. The checksum was correct, so another version wrote the step.
 */
export function numberIn(values: JsonObject, name: string): number {
  const value = values[name];
  if (typeof value === 'number') return value;
  return refuse(name, 'a number', value);
}

/** The flags among the values of a step. @throws {CheckpointError} if they are not a list of flags. */
export function flagsIn({ flags }: JsonObject): readonly Flag[] {
  const isFlag = (value: unknown): value is Flag =>
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(FLAGS, (value as Flag).code) &&
    (value as Flag).severity === FLAGS[(value as { readonly code: FlagCode }).code].severity &&
    typeof (value as Flag).seen === 'string';
  if (Array.isArray(flags) && flags.every(isFlag)) return flags;
  return refuse('flags', 'a list of flags', flags);
}

/**
 * An array of a step.
 * @param length - The required length; any if omitted.
 * @throws {CheckpointError} if it is missing, or of another type or length.
 */
export function arrayIn<T extends ArrayLike<number>>(
  { arrays }: JournalEntry,
  name: string,
  type: abstract new (...args: never[]) => T,
  length?: number,
): T {
  const data: unknown = arrays.get(name)?.data;
  if (data instanceof type && (length ?? data.length) === data.length) return data;
  return refuse(name, `a ${type.name}${length === undefined ? '' : ` of ${length}`}`, data);
}

function refuse(name: string, wanted: string, received: unknown): never {
  throw new CheckpointError(
    `${WHERE}: a step of the evaluation must hold ${name}, ${wanted}, got ${describeValue(received)}. Another program changed the folder: evaluate into a new one.`,
    { argument: 'state', received },
  );
}
