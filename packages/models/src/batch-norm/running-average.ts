import * as tf from '@tensorflow/tfjs-core';

/**
 * One step of a running average: (1 - momentum) * running + momentum * correction * batch.
 *
 * Implemented with a custom gradient, so that no op inside is recorded on the tape or keeps tensors for a backward pass.
 * @returns The shape of `running`; the caller disposes it.
 */
export function runningAverage(
  running: tf.Tensor,
  batch: tf.Tensor,
  { momentum, correction }: { readonly momentum: number; readonly correction: number },
): tf.Tensor {
  const keep = 1 - momentum;
  const take = momentum * correction;
  const blend = tf.customGrad((...tensors) => {
    const [old, fresh] = tensors as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    return {
      value: tf.add(tf.mul(old, keep), tf.mul(fresh, take)),
      gradFunc: (dy) => [tf.mul(dy, keep), tf.mul(dy, take)],
    };
  });
  return blend(running, batch);
}
