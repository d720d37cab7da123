import { InvalidArgumentError, ShapeError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

import type { Pixels } from '../dataset/plain-pixels.ts';

/** The color of pixels that an augmentation uncovers or covers: one value a channel in [0, 1]. Undefined is black. */
export type FillColor = readonly number[] | undefined;

/** @throws {InvalidArgumentError} for a value outside [0, 1]. */
export function checkFill(where: Where, fill: FillColor): FillColor {
  if (fill === undefined || (Array.isArray(fill) && fill.every((value) => value >= 0 && value <= 1))) return fill;
  throw new InvalidArgumentError(
    `${where}: fill must hold values in [0, 1], one a channel, got ${describeValue(fill)}. Divide 8-bit values by 255.`,
    { argument: 'fill', received: fill },
  );
}

/**
 * The color in the units of `pixels`.
 * @throws {ShapeError} if it has not one value a channel.
 */
export function fillFor(where: Where, fill: FillColor, pixels: Pixels, channels: number): readonly number[] {
  if (fill === undefined) return new Array<number>(channels).fill(0);
  if (fill.length !== channels) {
    throw new ShapeError(
      `${where}: fill must hold one value for each of the image's ${channels} channels, got ${fill.length}.`,
      { argument: 'fill', received: fill },
    );
  }
  return pixels instanceof Uint8Array ? fill.map((value) => Math.round(value * 255)) : fill;
}
