import type { Rng } from '@st/core';
import { checkNumber, type Where } from '@st/core/kit';

/** The indices of a set, split in two, each part ascending. */
export type Split = {
  readonly rest: Int32Array;
  readonly held: Int32Array;
};

/**
 * Holds `count` examples out, chosen by `rng`, with the classes in the same proportions as in the whole (shares are rounded down;
 * the rest goes to the classes with the largest remainders, lower classes first).
 * @throws {InvalidArgumentError} if `count` would leave a class without examples.
 */
export function stratifiedSplit(
  where: Where,
  labels: ArrayLike<number>,
  classes: number,
  count: number,
  rng: Rng,
): Split {
  const members = Array.from({ length: classes }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) members[labels[i] ?? -1]?.push(i);
  const present = members.filter((indices) => indices.length > 0).length;
  checkNumber(where, 'validation', count, {
    min: 0,
    max: Math.max(0, labels.length - present),
    integer: true,
    hint: `It is held out of ${labels.length} examples, and every class must keep one.`,
  });
  const shares = quotas(
    members.map((indices) => indices.length),
    count,
  );
  const isHeld = new Uint8Array(labels.length);
  members.forEach((indices, label) => {
    const order = rng.split(`class ${label}`).permutation(indices.length);
    for (const place of order.subarray(0, shares[label] ?? 0)) isHeld[indices[place] ?? 0] = 1;
  });
  const all = Int32Array.from(labels, (_, i) => i);
  return { rest: all.filter((i) => isHeld[i] === 0), held: all.filter((i) => isHeld[i] === 1) };
}

/** Splits `count` in proportion to `sizes` by largest remainder, leaving one of each class. */
function quotas(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (total === 0 ? 0 : (size * count) / total));
  const shares = exact.map(Math.floor);
  const byRemainder = exact.map((value, label) => ({ label, remainder: value - Math.floor(value) }));
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  let missing = count - shares.reduce((sum, share) => sum + share, 0);
  while (missing > 0) {
    for (const { label } of byRemainder) {
      const share = shares[label] ?? 0;
      if (missing === 0 || share + 1 >= (sizes[label] ?? 0)) continue;
      shares[label] = share + 1;
      missing--;
    }
  }
  return shares;
}
