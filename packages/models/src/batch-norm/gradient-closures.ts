import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a gradient kernel at once and hands out its results. Back-propagation wraps each closure in a tidy of its own, so that a
 * result made lazily in one of them would be gone when the next asks for it.
 */
export function gradientClosures(
  kernelName: string,
  inputs: { readonly [name: string]: tf.Tensor },
  attributes: tf.NamedAttrMap,
): { x: () => tf.Tensor; gamma: () => tf.Tensor; beta: () => tf.Tensor; residual?: () => tf.Tensor } {
  const [dx, dgamma, dbeta, dresidual] = tf.engine().runKernel(kernelName, { ...inputs }, attributes) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor?,
  ];
  const gradients = { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
  return dresidual ? { ...gradients, residual: () => dresidual } : gradients;
}
