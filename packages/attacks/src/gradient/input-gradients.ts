import * as tf from '@tensorflow/tfjs-core';

import { recordNodes } from './running-tape.ts';

type Tensors = { readonly [name: string]: tf.Tensor };

/** The value to differentiate, and other tensors of its forward pass. */
export type Differentiable<T extends Tensors> = { readonly value: tf.Scalar; readonly found: T };

/**
 * The gradients of a scalar with respect to `inputs` alone, and other tensors of its forward pass. Unlike with `tf.grads`, the value need not depend on
 * every input (the gradient of such an input is undefined), and no weight is differentiated.
 * @param forward - Called once, on the tape.
 * @returns Tensors that the caller disposes.
 */
export function inputGradients<T extends Tensors>(
  forward: () => Differentiable<T>,
  inputs: readonly tf.Tensor4D[],
): { readonly gradients: readonly (tf.Tensor4D | undefined)[]; readonly found: T } {
  const kept: T[] = []; // the tape's scope disposes every tensor but the value and kept ones
  try {
    const { value, grads } = tf.engine().gradients(
      () => {
        const { value, found } = recordNodes(forward).result;
        kept.push(mapTensors(found, (tensor) => tf.keep(tf.clone(tensor))));
        return value;
      },
      [...inputs],
      undefined,
      true,
    );
    value.dispose();
    const [found] = kept as [T]; // the engine has called forward, or thrown
    return { gradients: grads as (tf.Tensor4D | undefined)[], found: mapTensors(found, (tensor) => tf.clone(tensor)) };
  } finally {
    tf.dispose(kept);
  }
}

function mapTensors<T extends Tensors>(tensors: T, change: (tensor: tf.Tensor) => tf.Tensor): T {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)])) as T;
}
