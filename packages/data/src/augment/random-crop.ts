import { checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import type { Pixels } from '../dataset/plain-pixels.ts';
import type { Augmentation } from './augmentation.ts';

const WHERE: Where = '[@st/data] randomCrop';

export type RandomCropOptions = {
  /** Width of the black border put on each side before cropping back to the image's size, in pixels. */
  readonly padding: number;
};

/**
 * Pads an image with zeros on each side and cuts a window of the image's own size at a uniformly random place: all
 * (2 padding + 1)^2 places are equally likely.
 * @throws {InvalidArgumentError} if the padding is no integer >= 0.
 * @see torchvision `transforms.RandomCrop(size, padding)`, whose order of draws (row, then column) it keeps
 */
export function randomCrop(options: RandomCropOptions): Augmentation {
  checkKnownOptions(WHERE, options, ['padding']);
  const padding = checkNumber(WHERE, 'padding', options.padding, { min: 0, integer: true });
  return {
    name: `random crop, padding ${padding}`,
    apply: (source, target, imageShape, rng) => {
      const top = rng.integer(2 * padding + 1) - padding;
      const left = rng.integer(2 * padding + 1) - padding;
      copyWindow(source, target, imageShape, top, left);
    },
  };
}

/** Copies the window whose corner lies at (top, left) of the source; pixels outside the source are zero. */
function copyWindow(
  source: Pixels,
  target: Pixels,
  [height, width, channels]: readonly [number, number, number],
  top: number,
  left: number,
): void {
  target.fill(0);
  const firstColumn = Math.max(0, -left);
  const values = (Math.min(width, width - left) - firstColumn) * channels;
  const lastRow = Math.min(height, height - top);
  for (let row = Math.max(0, -top); row < lastRow; row++) {
    const to = (row * width + firstColumn) * channels;
    const from = ((row + top) * width + firstColumn + left) * channels;
    for (let i = 0; i < values; i++) target[to + i] = source[from + i] ?? 0;
  }
}
