import { ShapeError } from '@st/core';
import { checkChoice, describeValue, type Where } from '@st/core/kit';
import { crossEntropyPerExample, margin } from '@st/losses';
import type * as tf from '@tensorflow/tfjs-core';

/** A loss of each example, `[batch]`, differentiable in the logits. */
export type PerExampleLoss = (logits: tf.Tensor2D, labels: tf.Tensor1D) => tf.Tensor1D;

/** What an attack climbs: cross-entropy, Carlini and Wagner's margin, or a loss of one's own. */
export type AscentLoss = 'cross-entropy' | 'margin' | PerExampleLoss;

const BY_NAME: Readonly<Record<Exclude<AscentLoss, PerExampleLoss>, PerExampleLoss>> = {
  'cross-entropy': crossEntropyPerExample,
  margin,
};

/**
 * The function behind `ascend`, checked on each call to return one number an example.
 * @param argument - The name of the caller's option, for messages.
 * @throws {InvalidArgumentError} for an unknown name.
 */
export function ascentLoss(where: Where, ascend: AscentLoss, argument = 'ascend'): PerExampleLoss {
  if (typeof ascend !== 'function') return BY_NAME[checkChoice(where, argument, ascend, ['cross-entropy', 'margin'])];
  return (logits, labels) => {
    const losses = ascend(logits, labels);
    if (losses.rank === 1 && losses.shape[0] === logits.shape[0]) return losses;
    throw new ShapeError(
      `${where}: ${argument} must return one loss an example, float32 [${logits.shape[0]}], got ${describeValue(losses)}. Use crossEntropyPerExample rather than its mean.`,
      { argument, received: losses.shape },
    );
  };
}
