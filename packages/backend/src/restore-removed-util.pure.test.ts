import { createRequire } from 'node:module';

import { afterEach, expect, it } from 'vitest';

import { restoreRemovedUtil } from './restore-removed-util.ts';

const util: Record<string, unknown> = createRequire(import.meta.url)('node:util');
const legacy = [
  'isArray',
  'isBoolean',
  'isBuffer',
  'isDate',
  'isError',
  'isFunction',
  'isNull',
  'isNullOrUndefined',
].concat(['isNumber', 'isObject', 'isPrimitive', 'isRegExp', 'isString', 'isSymbol', 'isUndefined']);
const before = legacy.map((name) => [name, util[name]] as const);

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete util[name];
    else util[name] = value;
  }
});

it('restores the functions that Node 23 removed, for packages that require util', () => {
  delete util.isNullOrUndefined;
  delete util.isArray;
  expect(restoreRemovedUtil()).toEqual(expect.arrayContaining(['isNullOrUndefined', 'isArray']));
  const seen = createRequire(import.meta.url)('util') as Record<string, (value: unknown) => boolean>;
  expect([null, undefined, 0, ''].map((value) => seen.isNullOrUndefined?.(value))).toEqual([true, true, false, false]);
  expect([[], {}].map((value) => seen.isArray?.(value))).toEqual([true, false]);
});

it('does not change existing functions', () => {
  const own = () => true;
  util.isString = own;
  expect(restoreRemovedUtil()).not.toContain('isString');
  expect(util.isString).toBe(own);
});

it('restores functions with the original results', () => {
  const cases: Record<string, readonly [yes: unknown, no: unknown]> = {
    isArray: [[], {}],
    isBoolean: [false, 0],
    isBuffer: [Buffer.alloc(1), new Uint8Array(1)],
    isDate: [new Date(0), 0],
    isError: [new TypeError('x'), 'x'],
    isFunction: [() => 0, {}],
    isNull: [null, undefined],
    isNullOrUndefined: [undefined, 0],
    isNumber: [Number.NaN, '1'],
    isObject: [{}, null],
    isPrimitive: [null, {}],
    isRegExp: [/x/, 'x'],
    isString: ['', 0],
    isSymbol: [Symbol('x'), 'x'],
    isUndefined: [undefined, null],
  };
  for (const name of Object.keys(cases)) delete util[name];
  restoreRemovedUtil();
  for (const [name, [yes, no]] of Object.entries(cases)) {
    const check = util[name] as (value: unknown) => boolean;
    expect([name, check(yes), check(no)]).toEqual([name, true, false]);
  }
});
