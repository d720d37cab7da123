import { ShapeError } from '@st/core';
import { checkChoice, describeValue, type Where } from '@st/core/kit';
import { crossEntropyPerExample, margin } from '@st/losses';
import type * as tf from '@tensorflow/tfjs-core';

/** A loss of each example, `[batch]`, differentiable in the logits. */
export type PerExampleLoss = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;

/** The loss that an attack raises: cross-entropy, Carlini and Wagner's margin, or your own function. */
export type AscentLoss = 'cross-entropy' | 'margin' | PerExampleLoss;

/** A checked loss, with the names that its errors need. */
export type CheckedLoss = {
  readonly where: Where;
  /** The option's name. */
  readonly argument: string;
  readonly lossOf: PerExampleLoss;
};

/** The losses that have a name. */
export const LOSSES_BY_NAME: Readonly<Record<Exclude<AscentLoss, PerExampleLoss>, PerExampleLoss>> = {
  'cross-entropy': crossEntropyPerExample,
  margin,
};

/**
 * Returns the loss that an option asks for; a function is checked at each call to return one number an example.
 * @param argument - The name of the option.
 * @throws {InvalidArgumentError} for an unknown name.
 */
export function checkAscentLoss(where: Where, ascend: AscentLoss, argument = 'ascend'): CheckedLoss {
  if (typeof ascend !== 'function') {
    const name = checkChoice(where, argument, ascend, ['cross-entropy', 'margin']);
    return { where, argument, lossOf: LOSSES_BY_NAME[name] };
  }
  const lossOf: PerExampleLoss = (logits, labels) => {
    const losses = ascend(logits, labels);
    if (losses.rank === 1 && losses.shape[0] === logits.shape[0]) return losses;
    throw new ShapeError(
      `${where}: ${argument} must return one loss an example, float32 [${logits.shape[0]}], got ${describeValue(losses)}. Use crossEntropyPerExample rather than its mean.`,
      { argument, received: losses.shape },
    );
  };
  return { where, argument, lossOf };
}
