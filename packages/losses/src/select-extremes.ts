import { ShapeError, type View } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkLogits, checkSameLogits } from './check-logits.ts';
import { takeTrueClass } from './cross-entropy.ts';
import { withoutGradient } from './without-gradient.ts';

/** The order in which `selectExtremes` numbers the views and breaks ties. */
export const VIEW_ORDER: readonly View[] = ['natural', 'collaborative', 'adversarial'];

/** One tensor of each view. */
export type OfViews<T extends tf.Tensor> = { readonly [V in View]: T };

/** The view selected for each example, int32 `[batch]`: 0 natural, 1 collaborative, 2 adversarial. */
export type Extremes = {
  /** The view with the lowest true-class probability. */
  readonly upper: tf.Tensor1D;
  /** The view with the highest true-class probability. */
  readonly lower: tf.Tensor1D;
};

const WHERE: Where = '[@st/losses] selectExtremes';

/**
 * Selects for each example the views of highest and lowest loss: upper = argmin_v p_v[y], lower = argmax_v p_v[y], p_v = softmax(z_v).
 * Ties go to the first in the order natural, collaborative, adversarial. As in the published code, probabilities are compared, not their
 * logarithms: views whose probabilities round to the same float32 tie. No gradient flows through the selection.
 * @param logits - float32 `[batch, classes]` of each view.
 * @param labels - int32 `[batch]`.
 * @returns Indices that `pickViews` takes; the caller disposes both.
 * @throws {ShapeError} for other ranks, dtypes or sizes.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4
 */
export function selectExtremes(logits: OfViews<tf.Tensor2D>, labels: tf.Tensor1D): Extremes {
  checkViews(WHERE, 'logits', logits);
  const { natural, collaborative, adversarial } = logits;
  checkLogits(WHERE, natural, labels, 'natural logits');
  checkSameLogits(WHERE, natural, collaborative);
  checkSameLogits(WHERE, natural, adversarial);
  return tf.tidy(() => {
    const [pn, pc, pa] = [natural, collaborative, adversarial].map((view) =>
      withoutGradient(() => takeTrueClass(tf.softmax(view), labels)),
    ) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    // strict comparisons with the best so far: the first of equals wins
    const upper = firstBest(tf.less(pc, pn), tf.less(pa, tf.minimum(pn, pc)));
    const lower = firstBest(tf.greater(pc, pn), tf.greater(pa, tf.maximum(pn, pc)));
    return { upper, lower };
  });
}

function firstBest(secondBeatsFirst: tf.Tensor1D, thirdBeatsBoth: tf.Tensor1D): tf.Tensor1D {
  const ofTwo = tf.cast(secondBeatsFirst, 'int32');
  return tf.where(thirdBeatsBoth, tf.fill([ofTwo.size], 2, 'int32'), ofTwo);
}

/**
 * Gathers for each example the row of its selected view: logits, images or gradients. Differentiable in `views`.
 * @param choice - int32 `[batch]`, one of the two that `selectExtremes` returns.
 * @param views - Tensors of the same shape `[batch, ...]`.
 * @returns A tensor of that shape; the caller disposes it.
 * @throws {ShapeError} if the sizes differ.
 */
export function pickViews<T extends tf.Tensor>(choice: tf.Tensor1D, views: OfViews<T>): T {
  checkViews('[@st/losses] pickViews', 'views', views);
  const { natural, collaborative, adversarial } = views;
  if (
    VIEW_ORDER.some((view) => views[view].shape.join() !== natural.shape.join()) ||
    choice?.size !== natural.shape[0]
  ) {
    const got = VIEW_ORDER.map((view) => `${view} ${describeValue(views[view])}`).join(', ');
    throw new ShapeError(
      `[@st/losses] pickViews: the views must have one shape [${choice?.size}, ...], one row per choice, got ${got}.`,
      { argument: 'views', received: natural.shape },
    );
  }
  return tf.tidy(() => {
    const row = tf.reshape(choice, [choice.size, ...natural.shape.slice(1).map(() => 1)]);
    const notNatural = tf.where(tf.equal(row, 2), adversarial, collaborative);
    return tf.where(tf.equal(row, 0), natural, notNatural) as T;
  });
}

function checkViews(where: Where, argument: string, views: unknown): void {
  const found = (typeof views === 'object' && views !== null ? views : {}) as Partial<Record<View, unknown>>;
  const missing = VIEW_ORDER.find((view) => !(found[view] instanceof tf.Tensor));
  if (missing === undefined) return;
  throw new ShapeError(
    `${where}: ${argument} must hold one tensor per view, { natural, collaborative, adversarial }, got ${describeValue(found[missing])} for '${missing}'.`,
    { argument, received: views },
  );
}
