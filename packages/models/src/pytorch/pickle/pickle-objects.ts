import { DataFormatError } from '@st/core';

import type { CallContext, PickleDict, PickleKey, PickleUnread, PickleValue } from './pickle-value.ts';

/**
 * Puts an item into a dict.
 * @throws {DataFormatError} for a key that is neither text, number, truth value nor None.
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
 * Calls a class or function of the list of those allowed.
 * @throws {DataFormatError} for anything else, naming it.
 */
export function call(
  context: CallContext,
  callee: PickleValue | undefined,
  args: PickleValue | undefined,
): PickleValue {
  if (isGlobal(callee) && callee.call && Array.isArray(args)) return callee.call(args, context);
  if (isGlobal(callee) && Array.isArray(args) && !callee.dtype) {
    throw new DataFormatError(
      `${context.where}: must hold tensors and plain values alone, but names '${callee.name}'. Nothing was run. PyTorch would run it on opening the file: ` +
        'if you trust its source, save model.state_dict() by itself there.',
      { argument: 'bytes', received: callee.name },
    );
  }
  throw new DataFormatError(
    `${context.where}: only functions with a list of arguments can be called, got ${nameOfKind(callee)} with ${nameOfKind(args)}. The file is damaged.`,
    { argument: 'bytes' },
  );
}

/** `cls.__new__(cls, *args)`, which runs nothing of a class's own: an object that is not read, where the class is not on the list. */
export function newObject(
  context: CallContext,
  type: PickleValue | undefined,
  args: PickleValue | undefined,
): PickleValue {
  const isUnknown = isGlobal(type) && !type.call && !type.dtype && Array.isArray(args);
  return isUnknown ? { kind: 'unread', name: type.name, items: new Map() } : call(context, type, args);
}

/** Whether items and members put into a value are dropped, or kept apart: it is not read. */
export function isUnread(value: PickleValue): value is PickleUnread {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'unread';
}

/**
 * Sets the state of an object: attributes of a dict (PyTorch's `_metadata`) are dropped, the byte order of a numpy type is kept.
 * @throws {DataFormatError} for any other object.
 */
export function build(where: string, state: PickleValue, target: PickleValue): void {
  if ((target instanceof Map && (state instanceof Map || Array.isArray(state))) || isUnread(target)) return;
  if (isNumpyDtype(target) && Array.isArray(state)) {
    target.littleEndian = state[1] !== '>';
    return;
  }
  throw new DataFormatError(`${where}: ${nameOfKind(target)} must not be given attributes, but is.`, {
    argument: 'bytes',
  });
}

/** What to call a value in an error. */
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
