import type { Rng } from '@st/core';

import type { Pixels } from '../dataset/plain-pixels.ts';

/** A random change of one image, as `randomCrop` and `horizontalFlip` make; write your own, Cutout for example, in this form. */
export type Augmentation = {
  /** Shown in reports: `random crop, padding 4`. */
  readonly name: string;
  /**
   * Writes every value of `target` from `source`, two different arrays of one image each, in the units the set stores.
   * @param imageShape - `[height, width, channels]`.
   * @param rng - Always drawn from equally often, so that one image's luck does not move another's.
   */
  apply(source: Pixels, target: Pixels, imageShape: readonly [number, number, number], rng: Rng): void;
};
