import type { Rng } from '@st/core';

import type { Pixels } from '../dataset/plain-pixels.ts';

/** A random change of one image, such as `randomCrop` or `horizontalFlip`. You can write your own. */
export type Augmentation = {
  /** Shown in reports: `random crop, padding 4`. */
  readonly name: string;
  /**
   * Writes every value of `target` from `source`, two different arrays of one image each, in the units the set stores.
   * @param imageShape - `[height, width, channels]`.
   * @param rng - Take the same number of draws from it for every image, so that the draws of other images do not depend on this one.
   */
  apply(source: Pixels, target: Pixels, imageShape: readonly [number, number, number], rng: Rng): void;
};
