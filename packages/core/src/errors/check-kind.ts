import { checkChoice, checkObject, type Where } from './check-options.ts';
import { describeValue } from './describe-value.ts';
import { InvalidArgumentError } from './errors.ts';
import { isObject, isPromise, isRecord } from './kind-of-value.ts';

/** Names of the kinds of values that arguments and options may have. */
export type KindName =
  | 'text'
  | 'switch'
  | 'number'
  | 'function'
  | 'list'
  | 'numbers'
  | 'bytes'
  | 'map'
  | 'options'
  | 'signal'
  | 'store';

/** A kind of value: its description in messages, and its test. */
type Kind = { readonly wanted: string; readonly holds: (value: unknown) => boolean };

const KINDS: Readonly<Record<KindName, Kind>> = {
  text: { wanted: 'a text', holds: (value) => typeof value === 'string' },
  switch: { wanted: 'true or false', holds: (value) => typeof value === 'boolean' },
  number: { wanted: 'a number', holds: (value) => typeof value === 'number' },
  function: { wanted: 'a function', holds: (value) => typeof value === 'function' },
  list: { wanted: 'a list', holds: Array.isArray },
  numbers: {
    wanted: 'a list or typed array of numbers',
    holds: (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value),
  },
  bytes: { wanted: 'a Uint8Array', holds: (value) => value instanceof Uint8Array },
  map: { wanted: 'a Map', holds: (value) => value instanceof Map },
  options: { wanted: 'an object of options', holds: isRecord },
  signal: { wanted: 'an AbortSignal', holds: (value) => isObject(value) && typeof value.throwIfAborted === 'function' },
  store: {
    wanted: 'a folder or a store { name, read, write }',
    holds: (value) =>
      typeof value === 'string' ||
      (isObject(value) && typeof value.read === 'function' && typeof value.write === 'function'),
  },
};

const KIND_NAMES = Object.keys(KINDS) as KindName[];

/**
 * Refuses a value of another kind, such as a missing argument, a promise, or swapped arguments. Checks the value itself, not its members.
 * @throws {InvalidArgumentError} `<where>: signal must be an AbortSignal, got 7.`
 */
export function checkKind(where: Where, argument: string, value: unknown, kind: KindName): void {
  const { wanted, holds } = KINDS[checkChoice(where, 'kind', kind, KIND_NAMES)];
  if (holds(value)) return;
  const hint = isPromise(value) ? ' Await it first.' : '';
  throw new InvalidArgumentError(`${where}: ${argument} must be ${wanted}, got ${describeValue(value)}.${hint}`, {
    argument,
    received: value,
  });
}

/** Calls `checkKind` for each member that is present. */
export function checkKinds(where: Where, values: object, kinds: Readonly<Record<string, KindName>>): void {
  checkObject(where, 'values', values, Object.keys(kinds ?? {}));
  checkObject(where, 'kinds', kinds, ['name']);
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(values, name);
    if (value !== undefined) checkKind(where, name, value, kind);
  }
}
