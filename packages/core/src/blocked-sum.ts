import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from './errors/check-tensor.ts';

/** Terms of one sum in a row. With 16, sums of 3 million float32 numbers err by 1e-7; in one row, as tfjs's wasm back end sums, by 2e-2. */
const BLOCK = 16;

/**
 * The sum of each row: of blocks of 16 terms, then of 16 such sums, and so on, so that the error grows with the logarithm of the number of
 * terms. Differentiable.
 * @param rows - float32 `[rows, terms]`.
 * @returns float32 `[rows, 1]`; the caller disposes it.
 * @throws {InvalidArgumentError} for a value that is no tensor; {ShapeError} for one of another form.
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
 * The Euclidean length of all values of a float32 tensor together, its sum of squares taken by `blockedSum`.
 * @returns A scalar; the caller disposes it.
 * @throws {InvalidArgumentError} for a value that is no tensor; {ShapeError} for one of another dtype.
 */
export function blockedLength(values: tf.Tensor): tf.Scalar {
  checkTensor('[@st/core] blockedLength', 'values', values, { dtype: 'float32' });
  return tf.tidy(() => tf.reshape(tf.sqrt(blockedSum(tf.reshape(tf.square(values), [1, -1]))), []));
}
