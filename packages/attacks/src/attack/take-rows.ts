import * as tf from '@tensorflow/tfjs-core';

/** The rows of these indices; the caller disposes them. */
export function takeRows<T extends tf.Tensor>(tensor: T, rows: readonly number[]): T {
  return tf.tidy(() => tf.gather(tensor, tf.tensor1d([...rows], 'int32')));
}

/** Some rows of a tensor, and their indices in it. */
export type Part = { readonly rows: readonly number[]; readonly tensor: tf.Tensor4D };

/**
 * Joins parts into one tensor.
 * @param parts - Each row of the result is in exactly one.
 * @returns The joined tensor; the caller disposes it and the parts.
 */
export function joinRows(parts: readonly Part[]): tf.Tensor4D {
  return tf.tidy(() => {
    const order = parts.flatMap(({ rows }) => rows);
    const places = new Array<number>(order.length).fill(0);
    for (const [place, row] of order.entries()) places[row] = place;
    const all = parts.map(({ tensor }) => tensor);
    return takeRows(tf.concat(all, 0), places);
  });
}

/** A copy of `whole` with `rows` replaced, in this order; the caller disposes it. */
export function replaceRows(whole: tf.Tensor4D, rows: readonly number[], replacing: tf.Tensor4D): tf.Tensor4D {
  const others = [...Array(whole.shape[0]).keys()].filter((row) => !rows.includes(row));
  if (others.length === 0) return joinRows([{ rows, tensor: replacing }]);
  return tf.tidy(() =>
    joinRows([
      { rows: others, tensor: takeRows(whole, others) },
      { rows, tensor: replacing },
    ]),
  );
}
