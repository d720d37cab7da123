import { checkKind } from '../errors/check-kind.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { DataFormatError } from '../errors/errors.ts';

/** Limits on the depth and the size of JSON. */
export type ReadJsonOptions = {
  /** Largest depth of nested lists and objects. Default 64. */
  readonly maxDepth?: number;
  /** Largest number of values, members and containers. Default 4 194 304. */
  readonly maxValues?: number;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const WHERE = '[@st/core] readJson';

/**
 * Parses JSON from a file that may be damaged or hostile. Checks depth and size before it builds any value, and refuses objects with repeated names, because
 * parsers differ in which of the values they keep.
 * @param subject - Start of the message: `[@st/core] readSafetensors: weights.safetensors: the header`.
 * @param source - Text, or its UTF-8 bytes.
 * @throws {DataFormatError} `<subject> must be JSON ...`
 * @throws {InvalidArgumentError} for an argument of the wrong type.
 */
export function readJson(subject: string, source: string | Uint8Array, options: ReadJsonOptions = {}): unknown {
  checkArguments(subject, source, options);
  const { maxDepth = 64, maxValues = 2 ** 22 } = options;
  const text = typeof source === 'string' ? source : decodeText(subject, source);
  scan(subject, text, { maxDepth, maxValues });
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuse(`${subject} must be JSON: ${reasonOf(cause)}.`, describeValue(text), cause);
  }
}

function checkArguments(subject: string, source: unknown, options: ReadJsonOptions): void {
  checkKind(WHERE, 'subject', subject, 'text');
  if (typeof source !== 'string') checkKind(WHERE, 'source', source, 'bytes');
  checkKnownOptions(WHERE, options, ['maxDepth', 'maxValues']);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) checkNumber(WHERE, name, value, { min: 1 });
  }
}

function refuse(message: string, received: unknown, cause?: unknown): never {
  throw new DataFormatError(message, { argument: 'json', received, ...(cause === undefined ? {} : { cause }) });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function decodeText(subject: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return refuse(`${subject} must be JSON, which is UTF-8: ${reasonOf(cause)}.`, bytes.length, cause);
  }
}

/** The names of an object's members so far; null for a list. */
type Container = Set<string> | null;

/** One pass over the text that counts depth and values and collects names. It does not validate: `JSON.parse` reports text that is not JSON. */
function scan(subject: string, text: string, { maxDepth, maxValues }: Required<ReadJsonOptions>): void {
  const open: Container[] = [];
  let values = 1;
  let nameComes = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfText(text, at);
      if (nameComes) addName(subject, open.at(-1), text.slice(at, end + 1));
      nameComes = false;
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      nameComes = code === OPEN_OBJECT;
      open.push(nameComes ? new Set() : null);
      values++;
      if (open.length > maxDepth)
        refuse(`${subject} must be JSON nested at most ${maxDepth} deep, is nested deeper.`, maxDepth);
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      open.pop();
      nameComes = false;
    } else if (code === COMMA) {
      nameComes = open.at(-1) instanceof Set;
      values++;
    }
    if (values > maxValues) refuse(`${subject} must be JSON of at most ${maxValues} values, has more.`, maxValues);
  }
}

/** Index of the closing quote of the string that begins at `start`; of the last character if there is none. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return Math.min(at, text.length - 1);
}

function addName(subject: string, names: Container | undefined, quoted: string): void {
  if (!names) return;
  const name = unquote(quoted);
  if (names.has(name)) {
    refuse(
      `${subject} must be JSON that names each member once, but an object names ${describeValue(name)} twice.`,
      name,
    );
  }
  names.add(name);
}

/** The name in quotes, unescaped: `"\u0061"` is `a`. Unchanged if it is not JSON. */
function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
