/** An invalid argument of any type, for an error message: objects may have no string form. */
export function described(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? `a ${typeof value}`
    : String(value);
}
