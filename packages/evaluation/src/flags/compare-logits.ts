/** The largest difference of two logits, as a share of the largest. Values that are alike and not finite differ by nothing. */
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

/** The largest finite logit. Above 0, so that it can be divided by: logits that are all 0 differ by all of 1. */
export function largestOf(logits: Float32Array): number {
  let largest = 0;
  for (const value of logits) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return largest || 1;
}

export function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}
