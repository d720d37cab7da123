import { describeValue, ShapeError, type Where } from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Refuses a tensor that is not float32 of the wanted shape.
 * @throws {ShapeError} naming the argument.
 */
export function checkSameShape(where: Where, argument: string, tensor: tf.Tensor, wanted: readonly number[]): void {
  if (tensor.dtype === 'float32' && tensor.shape.join() === wanted.join()) return;
  throw new ShapeError(`${where}: ${argument} must be float32 [${wanted}], got ${describeValue(tensor)}.`, {
    argument,
    received: tensor.shape,
  });
}
