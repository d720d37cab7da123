import { checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { addL1Shortened } from './add-l1-shortened.ts';
import { checkSameShape } from './check-same-shape.ts';
import { flatRows } from './flat-rows.ts';

const WHERE: Where = '[@st/attacks] projectL1';

/**
 * Projects onto the l1 ball, exactly: c + sign(d) max(|d| - t, 0) with d = x - c and the least t >= 0 that makes the absolute values sum
 * to at most epsilon. The sum has an error of some 1e-7 epsilon at any image size, and dithered rounding keeps it so (`addDithered`).
 * @param x - Images `[batch, height, width, channels]`, any range.
 * @param center - Images of the same shape.
 * @param epsilon - Radius in input units, above 0.
 * @returns Same shape as `x`, the nearest point in l2; the caller disposes it.
 * @throws {InvalidArgumentError} for anything but a tensor, or a radius not above 0; {ShapeError} if the shapes differ.
 * @see Duchi et al. 2008, "Efficient projections onto the l1-ball", equation 3
 */
export function projectL1(x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  checkSameShape(WHERE, { center, x });
  checkNumber(WHERE, 'epsilon', epsilon, { min: 0, aboveMin: true });
  return tf.tidy(() => {
    const delta = flatRows(tf.sub(x, center));
    const sizes = { size: tf.abs(delta), room: undefined, epsilon };
    return tf.reshape(addL1Shortened(flatRows(center), delta, sizes), x.shape);
  });
}
