import { checkKind, checkTensor } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

const WHERE = '[@st/losses] withoutGradient';

/**
 * Runs `forward` off the gradient tape: its ops are not recorded, and its result is a constant for any enclosing gradient.
 * @returns The result of `forward`; the caller disposes it.
 * @throws {InvalidArgumentError} if `forward` is not a function, or does not return a tensor.
 */
export function withoutGradient<T extends tf.Tensor>(forward: () => T): T {
  checkKind(WHERE, 'forward', forward, 'function');
  return tf.tidy(() => {
    // The tape records one custom op of a constant: back-propagation finds no path from the tensors that `forward` uses to its result.
    const offTape = tf.customGrad((constant) => ({
      value: resultOf(forward),
      gradFunc: () => tf.zerosLike(constant as tf.Tensor),
    }));
    return offTape(tf.scalar(0)) as T;
  });
}

function resultOf<T extends tf.Tensor>(forward: () => T): T {
  const result = forward();
  checkTensor(WHERE, 'what forward returns', result);
  return result;
}

/**
 * The value of `x` as a constant: sg(x) = x, d sg(x) / dx = 0. The caller disposes it.
 * @throws {InvalidArgumentError} if `x` is not a tensor.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  checkTensor('[@st/losses] stopGradient', 'x', x);
  return withoutGradient(() => tf.clone(x) as T);
}
