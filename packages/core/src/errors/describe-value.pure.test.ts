import { describe, expect, it } from 'vitest';
import { describeValue } from './describe-value.ts';
import { InvalidArgumentError } from './errors.ts';

describe('describeValue', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'a', "'a'"],
    ['a long text', 'x'.repeat(5_000_000), `'${'x'.repeat(120)}…' (5000000 characters)`],
    ['escape sequences', '\u001b[31m\r\n\u202e\u009b', "'\\u{1b}[31m\\r\\n\\u{202e}\\u{9b}'"],
    ['half of a surrogate pair', '\ud83d', "'\\u{d83d}'"],
    ['a text cut inside a surrogate pair', `${'x'.repeat(119)}😀y`, `'${'x'.repeat(119)}…' (122 characters)`],
    ['a list', [1, 'b'], "[1, 'b']"],
    ['a long list', [1, 2, 3, 4, 5], '[1, 2, 3, 4, …] (5 items)'],
    ['a list three deep', [[[1]]], '[[[…]]]'],
    ['an object', { x: 1 }, 'an object with keys {x}'],
    ['hostile keys', { [`\u001b${'k'.repeat(99)}`]: 1 }, `an object with keys {\\u{1b}${'k'.repeat(39)}}`],
    ['a function', () => 1, 'a function'],
    ['a typed array', new Float32Array(3), 'a Float32Array of 3 values'],
    ['a map', new Map([[1, 2]]), 'a Map of 1 entries'],
    ['a promise', Promise.resolve(1), 'a promise'],
    ['a tensor', { dtype: 'int32', shape: [2, null] }, 'Tensor int32 [2,]'],
    ['an object that is not a tensor', { dtype: 'F32', shape: 'x'.repeat(1000) }, 'an object with keys {dtype, shape}'],
    ['a large whole number', 10n ** 5000n, 'a whole number of more than 128 bits'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['nothing', null, 'null'],
  ])('renders %s on one short line', (_, value, wanted) => {
    expect(describeValue(value)).toBe(wanted);
  });

  it('renders lists, shapes and objects that are nested a hundred thousand deep', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(describeValue(deep)).toBe('[[[…]]]');
    expect(describeValue({ dtype: 'F32', shape: deep })).toBe('an object with keys {dtype, shape}');
    expect(describeValue({ dtype: deep, shape: [1] })).toBe('an object with keys {dtype, shape}');
  });

  it('never throws, whatever getters and proxies an object has', () => {
    const fail = () => {
      throw new Error('no');
    };
    const hostile = [
      new Proxy({}, { ownKeys: fail }),
      new Proxy({}, { has: fail }),
      Object.defineProperty({}, 'then', { get: fail }),
      Object.create(null),
    ];
    expect(hostile.map(describeValue)).toEqual([
      'an object that cannot be read',
      'an object that cannot be read',
      'an object that cannot be read',
      'an object with keys {}',
    ]);
  });
});

describe('the message of an error', () => {
  it('escapes control characters, but keeps its lines', () => {
    expect(new InvalidArgumentError('a\u001b[2J\nb').message).toBe('a\\u{1b}[2J\nb');
  });

  it('is shortened in the middle if it is too long', () => {
    const { message } = new InvalidArgumentError(`begin ${'x'.repeat(5_000_000)} end`);
    expect(message.length).toBeLessThan(4100);
    expect(message).toMatch(/^begin x+ … \(4996010 characters left out\) … x+ end$/);
  });
});
