import { checkKnownOptions, checkNumber, type Where } from '@st/core/kit';

import type { Augmentation } from './augmentation.ts';
import { checkFill, fillFor } from './fill-color.ts';

const WHERE: Where = '[@st/data] cutout';

export type CutoutOptions = {
  /** Side of the square in pixels; 16 for CIFAR-10 and 8 for CIFAR-100 in the paper. An odd one covers a pixel less, as in its code. */
  readonly size: number;
  /**
   * Color of the square, one value a channel in [0, 1]. Default: black. The published code masks normalized images with zero, which is
   * the set's mean color.
   */
  readonly fill?: readonly number[];
};

/**
 * Covers a square of the image. Its center is uniform over all pixels, so that near a border only a part of it lies inside.
 * @throws {InvalidArgumentError} for a size that is no integer >= 1, or a color outside [0, 1].
 * @throws {ShapeError} when applied, if the color has not one value a channel.
 * @see DeVries and Taylor 2017, arXiv 1708.04552, section 3.2
 */
export function cutout(options: CutoutOptions): Augmentation {
  checkKnownOptions(WHERE, options, ['size', 'fill']);
  const reach = Math.floor(checkNumber(WHERE, 'size', options.size, { min: 1, integer: true }) / 2);
  const fill = checkFill(WHERE, options.fill);
  return {
    name: `cutout ${options.size}`,
    apply: (source, target, [height, width, channels], rng) => {
      const color = fillFor(WHERE, fill, target, channels);
      const row = rng.integer(height);
      const column = rng.integer(width);
      target.set(source);
      for (let y = Math.max(0, row - reach); y < Math.min(height, row + reach); y++) {
        for (let x = Math.max(0, column - reach); x < Math.min(width, column + reach); x++) {
          target.set(color, (y * width + x) * channels);
        }
      }
    },
  };
}
