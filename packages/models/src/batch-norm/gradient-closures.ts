import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a gradient kernel immediately and returns closures for its results. Back-propagation runs each closure in its own tidy: results
 * computed lazily in one closure would be disposed before the next closure reads them.
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
