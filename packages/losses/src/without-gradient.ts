import { checkKind, checkTensor } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

const WHERE = '[@st/losses] withoutGradient';

/**
 * Runs `forward` off the gradient tape: nothing it computes is recorded, and what it returns is a constant to any gradient around it.
 * @returns What `forward` returns; the caller disposes it.
 * @throws {InvalidArgumentError} for what is no function, or returns no tensor.
 */
export function withoutGradient<T extends tf.Tensor>(forward: () => T): T {
  checkKind(WHERE, 'forward', forward, 'function');
  return tf.tidy(() => {
    // The tape sees one custom op of a constant: no path leads from what `forward` uses to its result, so none is walked back.
    const offTape = tf.customGrad((nothing) => ({
      value: resultOf(forward),
      gradFunc: () => tf.zerosLike(nothing as tf.Tensor),
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
 * @throws {InvalidArgumentError} for what is no tensor.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  checkTensor('[@st/losses] stopGradient', 'x', x);
  return withoutGradient(() => tf.clone(x) as T);
}
