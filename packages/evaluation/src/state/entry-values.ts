import { CheckpointError } from '@st/core';
import { describeValue, type JsonObject } from '@st/core/kit';

import { FLAGS, type Flag, type FlagCode } from '../flags/flag.ts';
import type { JournalEntry } from './journal.ts';

const WHERE = '[@st/evaluation] evaluateRobustness';

/**
 * A number among the values of a step.
 * @throws {CheckpointError} if it is none: the checksum held, so that another version wrote it.
 */
export function numberIn(values: JsonObject, name: string): number {
  const value = values[name];
  if (typeof value === 'number') return value;
  return refuse(name, 'a number', value);
}

/** The flags among the values of a step. @throws {CheckpointError} if they are none. */
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
 * An array of a step, of the type that it was written with.
 * @param length - That it has to have.
 * @throws {CheckpointError} if it is missing or another.
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
    `${WHERE}: a step of the evaluation must hold ${name}, ${wanted}, got ${describeValue(received)}. The folder was changed by something else; evaluate into a new one.`,
    { argument: 'state', received },
  );
}
