import type { Rng } from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

/** A way to mix each image of a batch with another, such as `mixUp` or `cutMix`. */
export type Mixing = {
  /** Shown in reports: `mixup, alpha 1`. */
  readonly name: string;
  /**
   * Draws how the images of one batch are mixed, or returns null to leave the batch unmixed.
   * @param imageShape - `[height, width, channels]`.
   */
  draw(imageShape: readonly [number, number, number], rng: Rng): MixingDraw | null;
};

/** What one draw of a `Mixing` does to a batch. */
export type MixingDraw = {
  /** float32, broadcast over the images `[batch, height, width, channels]`: the share of each image's own pixels. The caller disposes it. */
  readonly own: tf.Tensor;
  /** The share of each image's own label, in [0, 1]. */
  readonly share: number;
};
