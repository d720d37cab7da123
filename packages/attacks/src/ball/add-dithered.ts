import * as tf from '@tensorflow/tfjs-core';

/** Adding this share of a float32 number to it gives the next float32 number at any exponent (the sum is 0.75 to 1.5 steps away before rounding). */
const TO_NEXT = 1.5 * 2 ** -24;

/** (sqrt(5) - 1) / 2: the fractional parts of its multiples fill the unit interval most evenly. */
const GOLDEN = 0.618_033_988_749_894_9;

/**
 * centers + moves, dithered so that rounding errors do not accumulate in the norm. Pixels that all move by one amount would all be rounded in the same
 * direction, and the norm of their movements would have the relative error of a single pixel: 1e-2 of an l1 radius of 12 over 3 million pixels. An
 * offset between -1/2 and 1/2 of a rounding step, a multiple of the golden ratio by the pixel's index, rounds some up and some down in the right proportion.
 * @param centers - `[rows, pixels]`.
 * @param moves - Same shape.
 * @param isRounded - Same shape: the pixels to dither; the others are added plainly.
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
