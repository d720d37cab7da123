import * as tf from '@tensorflow/tfjs-core';

/** Of a float32 number: adding this share of it gives the next one, whatever the exponent (0.75 to 1.5 steps). */
const TO_NEXT = 1.5 * 2 ** -24;

/** (sqrt(5) - 1) / 2, whose multiples are spread over the unit interval most evenly. */
const GOLDEN = 0.618_033_988_749_894_9;

/**
 * centers + moves, in which rounding does not add up. Pixels that all move by the same amount would all be rounded the same way, and the norm of
 * what they moved by would err by as much as each of them: 1e-2 of an l1 radius of 12 over 3 million pixels. Here some are rounded up and some down,
 * in the right proportion, by what is added before rounding: a multiple of the golden ratio by the pixel's index, between -1/2 and 1/2 of a step.
 * @param centers - `[rows, pixels]`.
 * @param moves - Same shape.
 * @param isRounded - Same shape: which pixels; the others are added as they are.
 * @returns Same shape; the caller disposes it.
 */
export function addDithered(centers: tf.Tensor2D, moves: tf.Tensor2D, isRounded: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const plain: tf.Tensor2D = tf.add(centers, moves);
    const step = tf.sub(tf.add(plain, tf.mul(plain, TO_NEXT)), plain);
    const offsets = Float32Array.from({ length: plain.shape[1] }, (_, i) => ((i * GOLDEN) % 1) - 0.5);
    const dithered: tf.Tensor2D = tf.add(centers, tf.add(moves, tf.mul(step, tf.tensor1d(offsets))));
    return tf.where(isRounded, dithered, plain);
  });
}
