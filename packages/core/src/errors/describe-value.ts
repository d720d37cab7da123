import { escapeText, startOfText } from './escape-text.ts';

/** Limits on the output: characters of a text, characters of a key, items of a list or keys of an object. */
const TEXT_SHOWN = 120;
const KEY_SHOWN = 40;
const ITEMS_SHOWN = 4;
const KEYS_SHOWN = 6;
/** Nested lists are shown to this depth. */
const DEPTH_SHOWN = 2;
/** Bound of the whole numbers that are written out. */
const MAX_BIGINT = 2n ** 128n;

/**
 * A short, one-line description of a value for an error message: `8`, `'l3'`, `NaN`, `Tensor float32 [2,3]`, `[1, 2, …]`. Safe for hostile values: text is
 * cut at 120 characters, lists at four items and a depth of two; control and format characters are escaped; it never throws.
 */
export function describeValue(value: unknown): string {
  try {
    return describe(value, 0);
  } catch {
    return 'an object that cannot be read'; // a getter or a proxy that throws
  }
}

function describe(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return describeText(value);
    case 'function':
      return 'a function';
    case 'bigint':
      return value < MAX_BIGINT && value > -MAX_BIGINT ? String(value) : 'a whole number of more than 128 bits';
    case 'object':
      return value === null ? 'null' : describeObject(value, depth);
    default:
      return escapeText(startOfText(String(value), TEXT_SHOWN));
  }
}

function describeText(text: string): string {
  const shown = `'${escapeText(startOfText(text, TEXT_SHOWN))}`;
  return text.length > TEXT_SHOWN ? `${shown}…' (${text.length} characters)` : `${shown}'`;
}

function describeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return describeList(value, depth);
  if (ArrayBuffer.isView(value) && 'length' in value) return `a ${value.constructor.name} of ${value.length} values`;
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name} of ${value.size} entries`;
  if ('then' in value && typeof value.then === 'function') return 'a promise';
  if (isTensorLike(value)) return `Tensor ${escapeText(startOfText(value.dtype, KEY_SHOWN))} [${value.shape}]`;
  const keys = Object.keys(value);
  const shown = keys.slice(0, KEYS_SHOWN).map((key) => escapeText(startOfText(key, KEY_SHOWN)));
  return `an object with keys {${shown.join(', ')}}`;
}

function describeList(list: readonly unknown[], depth: number): string {
  if (depth >= DEPTH_SHOWN && list.length > 0) return '[…]';
  const shown = list.slice(0, ITEMS_SHOWN).map((item) => describe(item, depth + 1));
  return list.length > ITEMS_SHOWN ? `[${shown.join(', ')}, …] (${list.length} items)` : `[${shown.join(', ')}]`;
}

type TensorLike = { readonly dtype: string; readonly shape: readonly (number | null)[] };

/** Whether a value is a tensor, or an object with a valid `shape` and `dtype`. */
function isTensorLike(value: object): value is TensorLike {
  if (!('dtype' in value && 'shape' in value) || typeof value.dtype !== 'string') return false;
  const { shape } = value;
  return Array.isArray(shape) && shape.length <= 8 && shape.every((size) => size === null || typeof size === 'number');
}
