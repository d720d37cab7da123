/**
 * The largest difference between logits of `a` and `b`, as a share of `largest`. Identical non-finite values do not differ; any other
 * non-finite difference counts as `largest`.
 */
export function relativeDifference(a: Float32Array, b: Float32Array, largest: number): number {
  let difference = 0;
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? Number.NaN;
    if (Object.is(value, other)) continue;
    const apart = Math.abs(value - other);
    difference = Math.max(difference, Number.isFinite(apart) ? apart : largest);
  }
  return difference / largest;
}

/** The largest absolute value among finite logits; 1 if that is 0, so that it can be a divisor. */
export function largestOf(logits: Float32Array): number {
  let largest = 0;
  for (const value of logits) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

export function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}
