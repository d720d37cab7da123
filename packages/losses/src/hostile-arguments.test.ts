import { StError } from '@st/core';
import { describe, expect, it } from 'vitest';

import * as losses from './index.ts';

/** What plausible mistakes pass: nothing, a promise that nobody awaited, a path, a number, an object of other members. */
const VALUES: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a word', () => 'x'],
  ['a promise', () => Promise.resolve(1)],
  ['a number', () => 7],
  ['an object', () => ({})],
  ['a list', () => []],
];

/** These run a function that they are given. */
const RUNNERS: readonly string[] = ['withoutGradient'];

const FUNCTIONS = Object.entries(losses as Record<string, unknown>).flatMap(([name, value]) =>
  typeof value === 'function' && !RUNNERS.includes(name)
    ? [[name, value as (...values: unknown[]) => unknown] as const]
    : [],
);

describe.each(FUNCTIONS)('%s', (_name, f) => {
  it.each(VALUES)('throws no error but a typed one for %s', (_title, value) => {
    let error: unknown;
    try {
      f(value(), value(), value());
    } catch (thrown) {
      error = thrown;
    }
    if (error !== undefined) expect(error).toBeInstanceOf(StError);
  });
});
