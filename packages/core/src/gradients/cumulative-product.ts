import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

type Scan = { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

/**
 * The gradient of `y = cumprod(x)`, without division, so that zeros in x give no NaN:
 * `dx[j] = p[j] g[j]`, where `p[j]` is the product of the entries before j and `g[j] = dy[j] + x[j + 1] g[j + 1]`.
 * The recurrence is solved by doubling: after k rounds `g[j]` holds the terms of 2^k entries.
 */
export function cumulativeProductGradient(dy: Tensor, x: Tensor, { axis, exclusive, reverse }: Scan): Tensor {
  const turn = (tensor: Tensor): Tensor => (reverse ? tf.reverse(tensor, axis) : tensor);
  const [values, above] = [turn(x), turn(dy)];
  const length = x.shape[axis] ?? 0;
  // entry j of an exclusive product multiplies the entries before j
  let sums = exclusive ? ahead(above, axis, 1) : above;
  let factors = ahead(values, axis, 1);
  for (let distance = 1; distance < length; distance *= 2) {
    sums = tf.add(sums, tf.mul(factors, ahead(sums, axis, distance)));
    factors = tf.mul(factors, ahead(factors, axis, distance));
  }
  return turn(tf.mul(tf.cumprod(values, axis, true, false), sums));
}

/** x[j + distance] at j, and 0 past the end. */
function ahead(x: Tensor, axis: number, distance: number): Tensor {
  const length = x.shape[axis] ?? 0;
  const step = Math.min(distance, length);
  const begin = x.shape.map((_, i) => (i === axis ? step : 0));
  const size = x.shape.map((all, i) => (i === axis ? length - step : all));
  const paddings = x.shape.map((_, i): [number, number] => [0, i === axis ? step : 0]);
  return step === length ? tf.zerosLike(x) : tf.pad(tf.slice(x, begin, size), paddings);
}
