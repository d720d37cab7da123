import { describeValue, ShapeError, type Where } from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * Checks what can be seen without reading the device: logits float32 `[batch, classes]`, labels int32 `[batch]`, equal batch sizes.
 * @throws {ShapeError} naming the argument.
 */
export function checkLogits(where: Where, logits: tf.Tensor2D, labels: tf.Tensor1D, argument = 'logits'): void {
  checkRows(where, logits, argument);
  if (labels.rank !== 1 || labels.dtype !== 'int32' || labels.shape[0] !== logits.shape[0]) {
    throw new ShapeError(
      `${where}: labels must be int32 [${logits.shape[0]}], one class index an example, got ${describeValue(labels)}.${
        labels.rank === 2 ? ' For one-hot labels pass tf.argMax(labels, 1).' : ' Use tf.tensor1d(values, "int32").'
      }`,
      { argument: 'labels', received: labels.shape },
    );
  }
}

/**
 * Checks that two tensors of logits are float32 `[batch, classes]` of one shape.
 * @throws {ShapeError} naming the argument.
 */
export function checkSameLogits(where: Where, first: tf.Tensor2D, second: tf.Tensor2D): void {
  checkRows(where, first, 'logits');
  checkRows(where, second, 'logits');
  if (first.shape[0] === second.shape[0] && first.shape[1] === second.shape[1]) return;
  throw new ShapeError(
    `${where}: both logits must have one shape, got [${first.shape}] and [${second.shape}]. They must come from the same batch and model.`,
    { argument: 'logits', received: second.shape },
  );
}

function checkRows(where: Where, logits: tf.Tensor2D, argument: string): void {
  if (logits?.rank === 2 && logits.dtype === 'float32') return;
  throw new ShapeError(
    `${where}: ${argument} must be float32 [batch, classes], got ${describeValue(logits)}. Pass the model's output before softmax.`,
    { argument, received: logits?.shape },
  );
}
