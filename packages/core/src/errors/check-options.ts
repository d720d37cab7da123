import { describeValue } from './describe-value.ts';
import { InvalidArgumentError } from './errors.ts';
import { isPromise, isRecord } from './kind-of-value.ts';

/** The function that makes a check: `[@st/attacks] pgdSearch`. Every message starts with it. */
export type Where = `[@st/${string}] ${string}`;

type NumberRange = {
  readonly min?: number;
  readonly max?: number;
  /** The range excludes `min`. */
  readonly aboveMin?: boolean;
  /** The range excludes `max`. */
  readonly belowMax?: boolean;
  readonly integer?: boolean;
  /** How to fix the value; added to the message. */
  readonly hint?: string;
};

/**
 * Returns `value` if it is a finite number in the range.
 * @throws {InvalidArgumentError} `<where>: <argument> must be an integer in [1, 100], got 0. <hint>`
 */
export function checkNumber(where: Where, argument: string, value: unknown, range: NumberRange = {}): number {
  checkObject(where, 'range', range, ['min', 'max', 'integer']);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, aboveMin, belowMax, integer } = range;
  if (typeof min !== 'number' || typeof max !== 'number') {
    throw new InvalidArgumentError(
      `${where}: range of ${argument} must be of numbers, got ${describeValue(range)}. Write { min: 0, max: 1 }.`,
      { argument: 'range', received: range },
    );
  }
  const inRange =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (aboveMin ? value > min : value >= min) &&
    (belowMax ? value < max : value <= max) &&
    (!integer || Number.isInteger(value));
  if (inRange) return value;
  throw new InvalidArgumentError(
    `${where}: ${argument} must be ${describeRange(range)}, got ${describeValue(value)}.${range.hint ? ` ${range.hint}` : ''}`,
    { argument, received: value },
  );
}

function describeRange({ min, max, aboveMin, belowMax, integer }: NumberRange): string {
  const kind = integer ? 'an integer' : 'a finite number';
  if (min === undefined && max === undefined) return kind;
  if (max === undefined) return `${kind} ${aboveMin ? '>' : '>='} ${min}`;
  if (min === undefined) return `${kind} ${belowMax ? '<' : '<='} ${max}`;
  return `${kind} in ${aboveMin ? '(' : '['}${min}, ${max}${belowMax ? ')' : ']'}`;
}

/**
 * Returns `value` if it is one of `choices`.
 * @throws {InvalidArgumentError} `<where>: <argument> must be one of 'a', 'b', got 'c'.`
 */
export function checkChoice<T extends string>(
  where: Where,
  argument: string,
  value: unknown,
  choices: readonly T[],
): T {
  checkNames(where, 'choices', choices);
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const wanted = choices.map((choice) => `'${choice}'`).join(', ');
  throw new InvalidArgumentError(`${where}: ${argument} must be one of ${wanted}, got ${describeValue(value)}.`, {
    argument,
    received: value,
  });
}

function checkNames(where: Where, argument: string, names: unknown): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw new InvalidArgumentError(`${where}: ${argument} must be a list of names, got ${describeValue(names)}.`, {
    argument,
    received: names,
  });
}

/**
 * Refuses a value that is not an object of options, and unknown option names, so that a misspelled one is never silently ignored.
 * @throws {InvalidArgumentError} `<where>: unknown option 'stepsize'; did you mean 'stepSize'? Known: steps, stepSize.`
 */
export function checkKnownOptions(where: Where, options: object, known: readonly string[]): void {
  checkNames(where, 'known', known);
  checkObject(where, 'options', options, known);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = known.find((name) => name.toLowerCase() === unknown.toLowerCase().replaceAll(/[-_]/g, ''));
  const hint = near ? `; did you mean '${near}'?` : '.';
  throw new InvalidArgumentError(
    `${where}: unknown option ${describeValue(unknown)}${hint} Known: ${known.join(', ')}.`,
    { argument: unknown, received: Reflect.get(options, unknown) },
  );
}

/**
 * Refuses a value that is not an object of named members, such as a missing argument, a promise, a list or a tensor: read as options, it would silently
 * select all defaults.
 * @param members - The names of its members; the message shows the first of them.
 * @throws {InvalidArgumentError} `<where>: examples must be an object, got null. Write { images, labels }.`
 */
export function checkObject(
  where: Where,
  argument: string,
  value: unknown,
  members: readonly string[],
): asserts value is object {
  checkNames(where, 'members', members);
  if (isRecord(value)) return;
  const names = `{ ${members.slice(0, NAMES_SHOWN).join(', ')}${members.length > NAMES_SHOWN ? ', ...' : ''} }`;
  const hint = `${members.length > 0 ? `Write ${names}.` : 'Omit them.'}${isPromise(value) ? ' Await it first.' : ''}`;
  throw new InvalidArgumentError(`${where}: ${argument} must be an object, got ${describeValue(value)}. ${hint}`, {
    argument,
    received: value,
  });
}

/** Number of names that a message shows. */
const NAMES_SHOWN = 3;
