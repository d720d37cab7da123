import type { Attack } from '@st/attacks';
import {
  type Classifier,
  checkClassifier,
  classifierOf,
  describeValue,
  InvalidArgumentError,
  ShapeError,
  type Where,
} from '@st/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What kind of value an argument is, in words and as a test. */
type Kind = { readonly wanted: string; readonly holds: (value: unknown) => boolean };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('then' in value);

type KindName =
  | 'text'
  | 'switch'
  | 'function'
  | 'number'
  | 'list'
  | 'options'
  | 'indices'
  | 'signal'
  | 'bytes'
  | 'store';

const KINDS: Readonly<Record<KindName, Kind>> = {
  text: { wanted: 'a text', holds: (value) => typeof value === 'string' },
  switch: { wanted: 'true or false', holds: (value) => typeof value === 'boolean' },
  function: { wanted: 'a function', holds: (value) => typeof value === 'function' },
  number: { wanted: 'a number', holds: (value) => typeof value === 'number' },
  list: { wanted: 'a list', holds: Array.isArray },
  options: { wanted: 'an object of options', holds: isRecord },
  indices: {
    wanted: 'a list of places in the data set',
    holds: (value) => Array.isArray(value) || ArrayBuffer.isView(value),
  },
  signal: { wanted: 'an AbortSignal', holds: (value) => isRecord(value) && typeof value.throwIfAborted === 'function' },
  bytes: { wanted: 'a Uint8Array', holds: (value) => value instanceof Uint8Array },
  store: {
    wanted: 'a folder or a store { name, read, write }',
    holds: (value) =>
      typeof value === 'string' ||
      (isRecord(value) && typeof value.read === 'function' && typeof value.write === 'function'),
  },
};

/**
 * Refuses a value of another kind: a forgotten argument, a promise, swapped ones.
 * @throws {InvalidArgumentError} naming the argument.
 */
export function checkKind(where: Where, argument: string, value: unknown, kind: KindName): void {
  const { wanted, holds } = KINDS[kind];
  if (holds(value)) return;
  const isPromise = typeof value === 'object' && value !== null && 'then' in value;
  throw new InvalidArgumentError(
    `${where}: ${argument} must be ${wanted}, got ${describeValue(value)}.${isPromise ? ' Await it first.' : ''}`,
    { argument, received: value },
  );
}

/** `checkKind` of the members that are there. */
export function checkKinds(where: Where, values: object, kinds: Readonly<Record<string, KindName>>): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(values, name);
    if (value !== undefined) checkKind(where, name, value, kind);
  }
}

/**
 * The classifier that a model or classifier is.
 * @throws {InvalidArgumentError} for anything else, with the line to write.
 */
export function evaluatedClassifier(where: Where, value: unknown): Classifier {
  const isModel = isRecord(value) && !('logits' in value) && typeof value.predict === 'function';
  return isModel ? classifierOf(value as unknown as LayersModel) : checkClassifier(where, value);
}

/** @throws {InvalidArgumentError} for what is no list of attacks. */
export function checkAttackList(where: Where, argument: string, value: unknown): asserts value is readonly Attack[] {
  checkKind(where, argument, value, 'list');
  for (const attack of value as readonly unknown[]) {
    const { name, threat, settings, run } = isRecord(attack) ? attack : {};
    if (typeof name === 'string' && typeof run === 'function' && isRecord(settings) && isRecord(threat)) continue;
    throw new InvalidArgumentError(
      `${where}: ${argument} must list attacks { name, threat, settings, run }, got ${describeValue(attack)}. Write apgd({ threat: linf(8 / 255), loss: 'ce' }), or autoAttack({ threat, classes }).attacks.`,
      { argument, received: attack },
    );
  }
}

/** @throws {InvalidArgumentError | ShapeError} for what is no image shape. */
export function checkImageShape(where: Where, argument: string, value: unknown): void {
  const isShape = Array.isArray(value) && value.length === 3 && value.every((n) => Number.isInteger(n) && n > 0);
  if (isShape) return;
  throw new ShapeError(`${where}: ${argument} must be [height, width, channels], got ${describeValue(value)}.`, {
    argument,
    received: value,
  });
}
