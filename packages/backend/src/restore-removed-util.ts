import { nodeModule } from '@st/core/node';

/** The type checks that Node 23 removed from its `util` module, implemented as its documentation recommends. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: (value) => value instanceof Date,
  isError: (value) => value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => typeof value === 'object' && value !== null,
  isPrimitive: (value) => (typeof value !== 'object' && typeof value !== 'function') || value === null,
  isRegExp: (value) => value instanceof RegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};

/**
 * Restores functions that Node 23 removed from its `util` module and tfjs-node 4.22 calls. Existing functions are not changed.
 * @returns The names of the restored functions.
 */
export function restoreRemovedUtil(): string[] {
  const util: object = nodeModule('node:util');
  const missing = Object.keys(REMOVED).filter((name) => !(name in util));
  for (const name of missing) Reflect.set(util, name, REMOVED[name]);
  return missing;
}
