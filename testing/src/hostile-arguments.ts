import { StError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The exports of a package, with valid arguments for each of its functions. */
export type HostileSubject = {
  /** `import * as attacks from './index.ts'`. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Valid arguments of every exported function and class, made anew for each call, including optional arguments and all options. */
  readonly calls: Readonly<Record<string, () => readonly unknown[]>>;
  /** Exported functions that take no arguments, or any. */
  readonly takesAny?: readonly string[];
  /** Arguments that may be null: `classifierOf: 0`. */
  readonly takesNull?: readonly string[];
  /** Whether an object is only replaced as a whole, not member by member. */
  readonly isWhole?: (value: object) => boolean;
  /** Whether an error is a proper refusal. Default: an `StError`. */
  readonly isTyped?: (error: unknown) => boolean;
  /** Errors of other sources that are accepted, such as those of the file system. */
  readonly mayCome?: (error: unknown) => boolean;
  /** Calls that are skipped, because they have effects outside the test. */
  readonly isLeftOut?: (name: string, args: readonly unknown[]) => boolean;
};

/** Values that users pass by mistake: nothing, a promise, a path, arguments of other functions. */
function mistakes(): Readonly<Record<string, unknown>> {
  const disposed = tf.scalar(1);
  disposed.dispose();
  return {
    undefined: undefined,
    null: null,
    'a text': '/dev/null/text',
    'an empty text': '',
    'a number': 7.5,
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    'minus one': -1,
    'a bigint': 3n,
    true: true,
    'a promise': Promise.resolve({}),
    'an empty object': {},
    'an empty list': [],
    'a list of nulls': [null, undefined],
    'a function': () => 0,
    'a symbol': Symbol('x'),
    'a date': new Date(0),
    'a map': new Map(),
    'a typed array': new Float64Array(3),
    bytes: new Uint8Array(24),
    'a buffer without a view': new ArrayBuffer(8),
    'an address': new URL('file:///dev/null/x'),
    'what tfjs loads': { xs: tf.zeros([1, 2, 2, 3]), ys: tf.zeros([1, 2]) },
    'the data sets of a reader': { train: {}, test: {} },
    'a scalar': tf.scalar(1),
    'a matrix': tf.zeros([2, 2]),
    'one image of five dimensions': tf.zeros([1, 1, 1, 1, 1]),
    '8-bit images': tf.zeros([2, 2, 2, 3], 'int32'),
    'no images': tf.zeros([0, 2, 2, 3]),
    'a disposed tensor': disposed,
  };
}

/**
 * Tests every exported function: replaces each argument, and each option, in turn by a mistaken value. The call must succeed, or throw an `StError` whose
 * message starts with `where`. A function that is missing from the table fails the first test.
 */
export function testHostileArguments(subject: HostileSubject): void {
  const { exports, calls, takesAny = [], takesNull = [], isTyped = isStError } = subject;
  describe('hostile arguments', () => {
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    it('are tested for every exported function', () => {
      const functions = Object.keys(exports).filter((name) => typeof exports[name] === 'function');
      expect([...Object.keys(calls), ...takesAny].sort()).toEqual(functions.sort());
    });

    it.each(Object.keys(calls))('of %s throw an StError, or are accepted', async (name) => {
      const args = calls[name] ?? (() => []);
      const call = callOf(exports[name]);
      const good = await errorOf(() => call(args()));
      if (good !== undefined && !(good instanceof StError && good.code === 'ST_DATA_FORMAT')) throw good; // a reader whose files do not exist
      const faults: string[] = [];
      for (const { what, replace, index, isArgument } of variations(subject, args())) {
        for (const [title, value] of Object.entries(mistakes())) {
          const varied = replace(args(), value);
          if (subject.isLeftOut?.(name, varied)) continue;
          const error = await errorOf(() => call(varied));
          const isNull = isArgument && value === null && !takesNull.includes(`${name}: ${index}`);
          const fault = subject.mayCome?.(error) ? undefined : faultOf(error, { isTyped, mustThrow: isNull });
          if (fault) faults.push(`${title} for ${what}: ${fault}`);
        }
      }
      expect(faults).toEqual([]);
    });
  });
}

type Refusal = { readonly isTyped: (error: unknown) => boolean; readonly mustThrow: boolean };

function faultOf(error: unknown, { isTyped, mustThrow }: Refusal): string | undefined {
  if (error === undefined) return mustThrow ? 'is accepted' : undefined;
  if (!isTyped(error)) return String(error);
  const message = error instanceof Error ? error.message : '';
  return !isWhereText(message) ? `does not start with the function: ${message}` : undefined;
}

function isStError(error: unknown): boolean {
  return error instanceof StError;
}

function isWhereText(text: unknown): boolean {
  return typeof text === 'string' && text.startsWith('[@st/');
}

type Variation = {
  readonly what: string;
  readonly index: number;
  /** It replaces the whole argument, not a member of it. */
  readonly isArgument: boolean;
  readonly replace: (args: readonly unknown[], value: unknown) => readonly unknown[];
};

/** All variations of the arguments: one argument, or one member of a plain object, is replaced. */
function* variations({ isWhole }: HostileSubject, args: readonly unknown[]): Generator<Variation> {
  for (const [index, argument] of args.entries()) {
    if (isWhereText(argument)) continue; // the start of messages
    const what = `argument ${index}`;
    yield { what, index, isArgument: true, replace: (all, value) => all.with(index, value) };
    if (!isPlain(argument) || isWhole?.(argument)) continue;
    for (const name of Object.keys(argument)) {
      const replace: Variation['replace'] = (all, value) =>
        all.with(index, { ...(all[index] as object), [name]: value });
      yield { what: `${what}.${name}`, index, isArgument: false, replace };
    }
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function callOf(exported: unknown): (args: readonly unknown[]) => unknown {
  if (typeof exported !== 'function') throw new Error('the table names a value that is not a function');
  const isClass = /^class\b/.test(Function.prototype.toString.call(exported));
  return (args) => (isClass ? Reflect.construct(exported, args) : Reflect.apply(exported, undefined, args));
}

/** The error that a call throws, also asynchronously, or at the first use of a returned iterator; undefined if none. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    if (isIterator(result)) result.next();
    return undefined;
  } catch (error) {
    return error ?? new Error('undefined or null was thrown');
  }
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'next') === 'function';
}
