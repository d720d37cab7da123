import { checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { addL1Shortened } from './add-l1-shortened.ts';
import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';

const WHERE: Where = '[@st/attacks] projectL1Box';

/**
 * Projects onto the intersection of the l1 ball around `center` and the box [0, 1], exactly: each pixel moves by
 * sign(d) min(max(|d| - t, 0), room), d = x - c, room = the distance to the box's side in that direction, with the least t >= 0 that makes the
 * absolute values sum to at most epsilon. Rounded as by `projectL1`.
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape, in [0, 1]; pixels outside the box do not move farther outside.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point in l2; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a tensor, or a radius not above 0; {ShapeError} if the shapes differ.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208
 */
export function projectL1Box(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape(WHERE, { center, x });
  checkNumber(WHERE, 'epsilon', epsilon, { min: 0, aboveMin: true });
  return projectL1BoxUnchecked(x, center, epsilon);
}

/** `projectL1Box` for inner loops, whose arguments have been checked. */
export function projectL1BoxUnchecked(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  return tf.tidy(() => {
    const origin = flatRows(center);
    const delta: tf.Tensor2D = tf.sub(flatRows(x), origin);
    const room = tf.relu(tf.where(tf.greater(delta, 0), tf.sub(1, origin), origin) as tf.Tensor2D);
    const sizes = { size: tf.abs(delta), room, epsilon };
    return tf.reshape(addL1Shortened(origin, delta, sizes), x.shape);
  });
}
