import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFormatError } from '../errors/errors.ts';
import { readJson } from './read-json.ts';

const SUBJECT = '[@st/x] y: the header';

describe('readJson', () => {
  it('gives the same values as JSON.parse', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJson(SUBJECT, text)).toEqual(JSON.parse(text));
        expect(readJson(SUBJECT, new TextEncoder().encode(text))).toEqual(JSON.parse(text));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('counts nesting only outside of strings, and allows one name in several objects', () => {
    const text = '{"a":"[[[[{{{{\\"[","b":[{"a":1},{"a":2,"b":{"a":3}}]}';
    expect(readJson(SUBJECT, text, { maxDepth: 4 })).toEqual(JSON.parse(text));
    expect(() => readJson(SUBJECT, text, { maxDepth: 3 })).toThrow('nested at most 3 deep, is nested deeper');
  });

  it.each<[string, string | Uint8Array, string]>([
    ['lists nested deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, 'must be JSON nested at most 64 deep'],
    ['objects nested deep', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'must be JSON nested at most 64 deep'],
    ['a million opening brackets', '['.repeat(1_000_000), 'must be JSON nested at most 64 deep'],
    ['a repeated name', '{"a":1,"b":2,"a":3}', "an object names 'a' twice"],
    ['a repeated name, once escaped', '{"a":1,"\\u0061":3}', "an object names 'a' twice"],
    ['a repeated name, deeper', '[{"x":[{"a":1,"b":{"a":1},"a":3}]}]', "an object names 'a' twice"],
    [
      'a repeated name of a member that every object has',
      '{"__proto__":1,"__proto__":2}',
      "an object names '__proto__' twice",
    ],
    ['truncated JSON', '{"a":', 'must be JSON: '],
    ['nothing', '', 'must be JSON: '],
    ['an unterminated string', '"abc\\', 'must be JSON: '],
    ['brackets that do not match', ']}]}', 'must be JSON: '],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'must be JSON, which is UTF-8: '],
  ])('refuses %s', (_, source, message) => {
    expect(() => readJson(SUBJECT, source)).toThrow(DataFormatError);
    expect(() => readJson(SUBJECT, source)).toThrow(`${SUBJECT} ${message}`.replace(`${SUBJECT} an`, 'an'));
  });

  it('refuses more values than allowed', () => {
    expect(readJson(SUBJECT, '[1,2,3]', { maxValues: 4 })).toEqual([1, 2, 3]);
    expect(() => readJson(SUBJECT, '[1,2,3]', { maxValues: 3 })).toThrow('must be JSON of at most 3 values, has more');
  });
});
