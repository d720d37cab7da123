import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from './errors/check-tensor.ts';

/** Terms per block. With 16, a sum of 3 million float32 numbers has an error of 1e-7; summed sequentially, as in tfjs's wasm back end, 2e-2. */
const BLOCK = 16;

/**
 * The sum of each row, computed over blocks of 16 terms, then over blocks of 16 such sums, and so on, so that the error grows with the logarithm of the
 * number of terms. Differentiable.
 * @param rows - float32 `[rows, terms]`.
 * @returns float32 `[rows, 1]`; the caller disposes it.
 * @throws {InvalidArgumentError} for a value that is not a tensor; {ShapeError} for a tensor of another shape or dtype.
 */
export function blockedSum(rows: tf.Tensor2D): tf.Tensor2D {
  checkTensor('[@st/core] blockedSum', 'rows', rows, { dtype: 'float32', shape: ['rows', 'terms'] });
  return tf.tidy(() => {
    let sums = rows;
    while (sums.shape[1] > BLOCK) {
      const [count, terms] = sums.shape;
      const blocks = Math.ceil(terms / BLOCK);
      const missing = blocks * BLOCK - terms;
      const whole: tf.Tensor2D = missing === 0 ? sums : tf.pad(sums, [...NONE, [0, missing]]);
      sums = tf.reshape(tf.sum(tf.reshape(whole, [count * blocks, BLOCK]), 1), [count, blocks]);
    }
    return tf.sum(sums, 1, true);
  });
}

const NONE: [[number, number]] = [[0, 0]];

/**
 * The l2 norm of all values of a float32 tensor, with the sum of squares computed by `blockedSum`.
 * @returns A scalar; the caller disposes it.
 * @throws {InvalidArgumentError} for a value that is not a tensor; {ShapeError} for another dtype.
 */
export function blockedLength(values: tf.Tensor): tf.Scalar {
  checkTensor('[@st/core] blockedLength', 'values', values, { dtype: 'float32' });
  return tf.tidy(() => tf.reshape(tf.sqrt(blockedSum(tf.reshape(tf.square(values), [1, -1]))), []));
}
