import type { JsonValue } from './json.ts';

/** The first path at which two JSON values differ. */
export type Difference = {
  readonly path: string;
  readonly before: JsonValue | undefined;
  readonly now: JsonValue | undefined;
};

/** Compares two JSON values, independent of key order: `{ path: 'evaluation.every', before: 1, now: 2 }`; null if they are equal. */
export function findDifference(
  before: JsonValue | undefined,
  now: JsonValue | undefined,
  path = '',
): Difference | null {
  if (!isContainer(before) || !isContainer(now) || Array.isArray(before) !== Array.isArray(now)) {
    return before === now ? null : { path, before, now };
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const found = findDifference(memberOf(before, key), memberOf(now, key), path ? `${path}.${key}` : key);
    if (found) return found;
  }
  return null;
}

function isContainer(value: JsonValue | undefined): value is object & JsonValue {
  return typeof value === 'object' && value !== null;
}

function memberOf(container: object, key: string): JsonValue | undefined {
  return Object.hasOwn(container, key) ? Reflect.get(container, key) : undefined;
}
