import { describeValue, ShapeError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `forward` off the gradient tape: nothing it computes is recorded, and what it returns is a constant to any gradient around it.
 * @returns What `forward` returns; the caller disposes it.
 */
export function withoutGradient<T extends tf.Tensor>(forward: () => T): T {
  return tf.tidy(() => {
    // The tape sees one custom op of a constant: no path leads from what `forward` uses to its result, so none is walked back.
    const offTape = tf.customGrad((nothing) => ({
      value: forward(),
      gradFunc: () => tf.zerosLike(nothing as tf.Tensor),
    }));
    return offTape(tf.scalar(0)) as T;
  });
}

/** The value of `x` as a constant: sg(x) = x, d sg(x) / dx = 0. The caller disposes it. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  if (!(x instanceof tf.Tensor)) {
    throw new ShapeError(`[@st/losses] stopGradient: x must be a tensor, got ${describeValue(x)}.`, {
      argument: 'x',
      received: x,
    });
  }
  return withoutGradient(() => tf.clone(x) as T);
}
