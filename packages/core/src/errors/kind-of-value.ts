/** Whether a value is an object other than null; its members can then be read. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is a promise, a sign of a forgotten `await` wherever a plain value is wanted. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}

/** Whether a value is an object of named members: no list, typed array, Map, Set, promise or tensor. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value) || isPromise(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const isTensor = 'dataId' in value && 'dtype' in value;
  return !isTensor && !(value instanceof Map) && !(value instanceof Set);
}
