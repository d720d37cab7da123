import { ShapeError } from '@st/core';
import { checkChoice, checkNumber, checkTensor, describeValue, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { checkObject } from '../check-arguments.ts';
import type { Activation } from './activation.ts';

/** The inputs of batch normalization. */
export type BatchNormInputs = {
  /** `[batch, height, width, channels]` or `[batch, channels]`. */
  readonly x: tf.Tensor;
  /** Scale `[channels]`. */
  readonly gamma: tf.Tensor;
  /** Shift `[channels]`. */
  readonly beta: tf.Tensor;
  /** Added before the activation; the shape of x. */
  readonly residual?: tf.Tensor | undefined;
};

/**
 * Checks the shapes, at the cost of a few comparisons per call.
 * @throws {ShapeError} with the name of the tensor that does not fit.
 */
export function checkBatchNormInputs(
  where: Where,
  inputs: BatchNormInputs,
  { leastCount }: { readonly leastCount: number },
): void {
  checkObject(where, 'inputs', inputs, '{ x, gamma, beta }');
  const { x, gamma, beta, residual } = inputs;
  for (const [argument, tensor] of Object.entries({ x, gamma, beta, ...(residual && { residual }) })) {
    checkTensor(where, argument, tensor);
  }
  if ((x.rank !== 4 && x.rank !== 2) || x.dtype !== 'float32') {
    throw new ShapeError(
      `${where}: x must be float32 [batch, height, width, channels] or [batch, channels], got ${describeValue(x)}.`,
      { argument: 'x', received: x.shape },
    );
  }
  const channels = x.shape[x.rank - 1];
  checkChannelParameters(where, x, { gamma, beta });
  if (residual && (residual.rank !== x.rank || residual.shape.some((size, axis) => size !== x.shape[axis]))) {
    throw new ShapeError(`${where}: residual must have the shape [${x.shape}] of x, got ${describeValue(residual)}.`, {
      argument: 'residual',
      received: residual.shape,
    });
  }
  if (x.size / (channels ?? 1) < leastCount) {
    throw new ShapeError(
      `${where}: batch statistics need at least ${leastCount} values per channel, got x ${describeValue(x)}. Take a larger batch, or mode 'inference'.`,
      { argument: 'x', received: x.shape },
    );
  }
}

/**
 * Checks that each parameter has one value per channel of x.
 * @throws {ShapeError} with the name of the first that does not.
 */
export function checkChannelParameters(
  where: Where,
  x: tf.Tensor,
  parameters: Readonly<Record<string, tf.Tensor>>,
): void {
  const channels = x.shape[x.rank - 1];
  for (const [argument, parameter] of Object.entries(parameters)) {
    checkTensor(where, argument, parameter);
    if (parameter.rank === 1 && parameter.shape[0] === channels) continue;
    throw new ShapeError(
      `${where}: ${argument} must be [${channels}], one value per channel of x, got ${describeValue(parameter)}.`,
      { argument, received: parameter.shape },
    );
  }
}

/**
 * Checks the attributes of the kernels.
 * @throws {InvalidArgumentError} for an epsilon that is not a number >= 0, or an unknown activation.
 */
export function checkBatchNormOptions(
  where: Where,
  options: { readonly epsilon: number; readonly activation: Activation },
): void {
  checkObject(where, 'options', options, "{ epsilon: 1e-5, activation: 'linear' }");
  checkNumber(where, 'epsilon', options.epsilon, { min: 0 });
  checkChoice(where, 'activation', options.activation, ACTIVATIONS);
}

const ACTIVATIONS: readonly Activation[] = ['linear', 'relu'];
