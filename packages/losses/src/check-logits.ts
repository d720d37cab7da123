import { ShapeError } from '@st/core';
import { checkTensor, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Checks types and shapes without reading the device: logits float32 `[batch, classes]`, labels int32 `[batch]`, equal batch sizes.
 * @throws {InvalidArgumentError} if one is not a tensor; {ShapeError} for another dtype or shape; both name the argument.
 */
export function checkLogits(where: Where, logits: tf.Tensor2D, labels: tf.Tensor1D, argument = 'logits'): void {
  checkRows(where, logits, argument);
  const isOneHot = labels instanceof tf.Tensor && labels.rank === 2;
  const hint = isOneHot ? 'For one-hot labels pass tf.argMax(labels, 1).' : 'Use tf.tensor1d(values, "int32").';
  checkTensor(where, 'labels', labels, { dtype: 'int32', shape: [logits.shape[0]], hint });
}

/**
 * Checks that two tensors of logits are float32 `[batch, classes]` and have the same shape.
 * @throws {InvalidArgumentError} if one is not a tensor; {ShapeError} for another dtype or shape.
 */
export function checkSameLogits(where: Where, first: tf.Tensor2D, second: tf.Tensor2D): void {
  checkRows(where, first, 'logits');
  checkRows(where, second, 'logits');
  if (first.shape[0] === second.shape[0] && first.shape[1] === second.shape[1]) return;
  throw new ShapeError(
    `${where}: both logits must have the same shape, got [${first.shape}] and [${second.shape}]. They must come from the same batch and model.`,
    { argument: 'logits', received: second.shape },
  );
}

function checkRows(where: Where, logits: tf.Tensor2D, argument: string): void {
  const hint = "Pass the model's output before softmax.";
  checkTensor(where, argument, logits, { dtype: 'float32', shape: ['batch', 'classes'], hint });
}
