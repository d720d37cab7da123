import { DataFormatError } from '@st/core';

import type { CallContext, PickleDict, PickleKey, PickleUnread, PickleValue } from './pickle-value.ts';

/**
 * Sets an item of a dict.
 * @throws {DataFormatError} for a key that is not a string, number, boolean or None.
 */
export function setItem(
  where: string,
  dict: PickleDict,
  key: PickleValue | undefined,
  value: PickleValue | undefined,
): void {
  if (!isKey(key) || value === undefined) {
    throw new DataFormatError(`${where}: a dict's key must be text, a number or None, got ${nameOfKind(key)}.`, {
      argument: 'bytes',
    });
  }
  dict.set(key, value);
}

function isKey(key: PickleValue | undefined): key is PickleKey {
  return key === null || ['boolean', 'number', 'bigint', 'string'].includes(typeof key);
}

/**
 * Calls an allowed class or function.
 * @throws {DataFormatError} for any other, with its name.
 */
export function call(
  context: CallContext,
  callee: PickleValue | undefined,
  args: PickleValue | undefined,
): PickleValue {
  if (isGlobal(callee) && callee.call && Array.isArray(args)) return callee.call(args, context);
  if (isGlobal(callee) && Array.isArray(args) && !callee.dtype) {
    throw new DataFormatError(
      `${context.where}: must hold only tensors and plain values, but names '${callee.name}'. Nothing was run. PyTorch would run it on loading the file: ` +
        'if you trust the source, load it there and save only model.state_dict().',
      { argument: 'bytes', received: callee.name },
    );
  }
  throw new DataFormatError(
    `${context.where}: only functions with a list of arguments can be called, got ${nameOfKind(callee)} with ${nameOfKind(args)}. The file is damaged.`,
    { argument: 'bytes' },
  );
}

/** `cls.__new__(cls, *args)`. For a class that is not allowed, returns a placeholder for an object that is not read. */
export function newObject(
  context: CallContext,
  type: PickleValue | undefined,
  args: PickleValue | undefined,
): PickleValue {
  const isUnknown = isGlobal(type) && !type.call && !type.dtype && Array.isArray(args);
  return isUnknown ? { kind: 'unread', name: type.name, items: new Map() } : call(context, type, args);
}

/** Whether the value is a placeholder for an object that is not read. */
export function isUnread(value: PickleValue): value is PickleUnread {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unread';
}

/**
 * Sets the state of an object. Attributes of a dict (PyTorch's `_metadata`) are dropped; the byte order of a numpy type is kept.
 * @throws {DataFormatError} for any other object.
 */
export function build(where: string, state: PickleValue, target: PickleValue): void {
  if ((target instanceof Map && (state instanceof Map || Array.isArray(state))) || isUnread(target)) return;
  if (isNumpyDtype(target) && Array.isArray(state)) {
    target.littleEndian = state[1] !== '>';
    return;
  }
  throw new DataFormatError(`${where}: ${nameOfKind(target)} must not have attributes, but has.`, {
    argument: 'bytes',
  });
}

/** The kind of a value, for error messages. */
export function nameOfKind(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return value.kind === 'global' || value.kind === 'unread' ? `'${value.name}'` : `a ${value.kind}`;
}

export function isGlobal(value: PickleValue | undefined): value is Extract<PickleValue, { kind: 'global' }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global';
}

function isNumpyDtype(value: PickleValue): value is Extract<PickleValue, { kind: 'numpy-dtype' }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'numpy-dtype';
}
