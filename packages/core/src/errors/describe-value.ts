/** A short, one-line rendering of a value for an error message: `8`, `'l3'`, `NaN`, `Tensor float32 [2,3]`, `[1, 2, …]`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 4).map(describeValue).join(', ');
    return value.length > 4 ? `[${shown}, …] (${value.length} items)` : `[${shown}]`;
  }
  if ('dtype' in value && 'shape' in value) return `Tensor ${String(value.dtype)} [${String(value.shape)}]`;
  return `an object with keys {${Object.keys(value).slice(0, 6).join(', ')}}`;
}
