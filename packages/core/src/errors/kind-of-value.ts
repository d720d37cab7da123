/** Whether a value is an object other than null, so that its members can be read. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is a promise, which usually means that an `await` is missing. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}

/** Whether a value is an object of named members: not a list, typed array, Map, Set, promise or tensor. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value) || isPromise(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const isTensor = 'dataId' in value && 'dtype' in value;
  return !isTensor && !(value instanceof Map) && !(value instanceof Set);
}
