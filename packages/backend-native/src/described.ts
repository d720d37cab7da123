/** A wrong argument in a message, whatever it is: an object need not have a text. */
export function described(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? `a ${typeof value}`
    : String(value);
}
