import { InvalidArgumentError } from 'commander';

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

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Returns a parser of numbers in the range: `0.1`, `5e-4`, or a fraction such as `8/255`. It throws commander's `InvalidArgumentError` for anything else.
 */
export function numberIn(range: NumberRange): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, aboveMin, belowMax, integer } = range;
    const inRange = (aboveMin ? value > min : value >= min) && (belowMax ? value < max : value <= max);
    if (Number.isFinite(value) && inRange && (!integer || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`It must be ${describe(range)}.${range.hint ? ` ${range.hint}` : ''}`);
  };
}

/** Parses a comma-separated list of increasing whole numbers: `80,100`. */
export function increasingIntegers(text: string): readonly number[] {
  const values = text.split(',').map((part) => parseNumber(part.trim()));
  const increasing = values.every(
    (value, i) => Number.isInteger(value) && value > (i === 0 ? 0 : (values[i - 1] ?? 0)),
  );
  if (increasing) return values;
  throw new InvalidArgumentError('It must be whole numbers in rising order, such as 80,100.');
}

function parseNumber(text: string): number {
  const parts = text.split('/').map((part) => (NUMBER.test(part.trim()) ? Number(part) : Number.NaN));
  const [numerator = Number.NaN, denominator = 1] = parts;
  return parts.length > 2 ? Number.NaN : numerator / denominator;
}

function describe({ min, max, aboveMin, belowMax, integer }: NumberRange): string {
  const kind = integer ? 'a whole number' : 'a number or a fraction such as 8/255';
  if (min === undefined && max === undefined) return kind;
  if (max === undefined) return `${kind}, ${aboveMin ? 'above' : 'at least'} ${min}`;
  return `${kind}, in ${aboveMin ? '(' : '['}${min}, ${max}${belowMax ? ')' : ']'}`;
}
