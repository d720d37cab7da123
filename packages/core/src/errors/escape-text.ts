/** Control, format and lone surrogate characters, which can move a terminal's cursor, reverse or hide text, or break a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Makes text from a file safe for a message: replaces unprintable characters by escapes (`\n`, `\u{1b}`).
 * @param keep - Unprintable characters that are not escaped.
 */
export function escapeText(text: string, keep = ''): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    if (keep.includes(character)) return character;
    return SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The first `length` characters, without half of a surrogate pair at the end. */
export function startOfText(text: string, length: number): string {
  const start = text.slice(0, length);
  return start.length < text.length && /[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start;
}
