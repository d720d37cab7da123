import { describe, expect, it } from 'vitest';
import { checkChoice, checkKnownOptions, checkNumber } from './check-options.ts';
import { describeValue } from './describe-value.ts';
import { CheckpointError, InvalidArgumentError, StError } from './errors.ts';

describe('checkNumber', () => {
  it('returns a number in its range, ends included or not', () => {
    expect(checkNumber('[@st/x] y', 'n', 1, { min: 1, max: 1 })).toBe(1);
    expect(() => checkNumber('[@st/x] y', 'n', 1, { min: 1, aboveMin: true })).toThrow(
      'n must be a finite number > 1, got 1.',
    );
    expect(() => checkNumber('[@st/x] y', 'n', 1, { max: 1, belowMax: true })).toThrow(
      'n must be a finite number < 1, got 1.',
    );
  });

  it.each<[unknown, string]>([
    [Number.NaN, 'got NaN'],
    [Number.POSITIVE_INFINITY, 'got Infinity'],
    ['3', "got '3'"],
    [undefined, 'got undefined'],
    [null, 'got null'],
  ])('refuses %s', (value, message) => {
    expect(() => checkNumber('[@st/x] y', 'n', value)).toThrow(`[@st/x] y: n must be a finite number, ${message}.`);
  });

  it('says how to fix the value, and stores argument and value', () => {
    const attempt = () => checkNumber('[@st/x] y', 'n', 8, { min: 0, max: 1, hint: 'Pass 8 / 255.' });
    expect(attempt).toThrow('[@st/x] y: n must be a finite number in [0, 1], got 8. Pass 8 / 255.');
    expect(attempt).toThrow(expect.objectContaining({ argument: 'n', received: 8, code: 'ST_INVALID_ARGUMENT' }));
  });
});

describe('checkChoice and checkKnownOptions', () => {
  it('refuse unknown choices and unknown options', () => {
    expect(checkChoice('[@st/x] y', 'norm', 'l2', ['l1', 'l2'])).toBe('l2');
    expect(() => checkChoice('[@st/x] y', 'norm', 'l3', ['l1', 'l2'])).toThrow(
      "[@st/x] y: norm must be one of 'l1', 'l2', got 'l3'.",
    );
    expect(() => checkKnownOptions('[@st/x] y', { step_size: 1 }, ['steps', 'stepSize'])).toThrow(
      "[@st/x] y: unknown option 'step_size'; did you mean 'stepSize'? Known: steps, stepSize.",
    );
    expect(() => checkKnownOptions('[@st/x] y', { eps: 1 }, ['steps'])).toThrow("unknown option 'eps'. Known: steps.");
  });

  it.each<[unknown, string]>([
    [100, '100'],
    ['adam', "'adam'"],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1], '[1]'],
    [new Map(), 'a Map of 0 entries'],
    [Promise.resolve({}), 'a promise'],
    [() => 1, 'a function'],
    [new Float32Array(2), 'a Float32Array of 2 values'],
  ])('refuse options that are not an object: %o', (options, got) => {
    expect(() => checkKnownOptions('[@st/x] y', options as object, ['a', 'b', 'c', 'd'])).toThrow(
      `[@st/x] y: options must be an object, got ${got}. Write { a, b, c, ... }.`,
    );
    expect(() => checkKnownOptions('[@st/x] y', options as object, [])).toThrow(InvalidArgumentError);
  });
});

describe('errors', () => {
  it('are distinguished from other errors, and from each other by code', () => {
    const error = new CheckpointError('no', { cause: 'why' });
    expect(error).toBeInstanceOf(StError);
    expect(error).not.toBeInstanceOf(InvalidArgumentError);
    expect([error.name, error.code, error.cause]).toEqual(['CheckpointError', 'ST_CHECKPOINT', 'why']);
  });

  it('render values on one short line', () => {
    const values = ['a', 3, [1, 'b'], [1, 2, 3, 4, 5], { x: 1 }, () => 1, { dtype: 'int32', shape: [2] }];
    expect(values.map(describeValue)).toEqual([
      "'a'",
      '3',
      "[1, 'b']",
      '[1, 2, 3, 4, …] (5 items)',
      'an object with keys {x}',
      'a function',
      'Tensor int32 [2]',
    ]);
  });
});
