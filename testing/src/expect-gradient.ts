import * as tf from '@tensorflow/tfjs-core';

import { expectClose } from './expect-close.ts';

/** Step of the central difference: large enough for float32 rounding, small enough for the third derivative. */
const STEP = 1e-2;

/**
 * Expects the gradient of a scalar function to equal central finite differences, entry by entry.
 * @param bound - Relative to the largest entry or 1. Default 1e-3, for float32 rounding divided by `STEP` and for the third derivative.
 */
export function expectGradient(f: (x: tf.Tensor) => tf.Scalar, at: tf.Tensor, bound = 1e-3): void {
  const gradient = tf.tidy(() =>
    tf
      .grad((x) => f(x))(at)
      .dataSync(),
  );
  const start = at.dataSync();
  const numeric = Array.from(start, (_, i) => {
    const valueAt = (offset: number): number =>
      tf.tidy(() => {
        const moved = Float32Array.from(start);
        moved[i] = (moved[i] ?? 0) + offset;
        return f(tf.tensor(moved, at.shape)).dataSync()[0] ?? Number.NaN;
      });
    return (valueAt(STEP) - valueAt(-STEP)) / (2 * STEP);
  });
  expectClose(gradient, numeric, bound);
}
