import * as tf from '@tensorflow/tfjs-core';

/** Stacks rows of values into images `[batch, height, width, channels]`; the caller disposes them. */
export function stackRows(rows: readonly Float32Array[], shape: readonly [number, number, number]): tf.Tensor4D {
  const size = shape[0] * shape[1] * shape[2];
  const values = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) values.set(row, i * size);
  return tf.tensor4d(values, [rows.length, ...shape]);
}
