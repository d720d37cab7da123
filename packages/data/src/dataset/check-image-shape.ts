import { ShapeError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

/**
 * @returns The values of an image.
 * @throws {ShapeError} for anything but `[height, width, channels]`, three positive integers.
 */
export function checkImageShape(where: Where, imageShape: unknown): number {
  const valid =
    Array.isArray(imageShape) &&
    imageShape.length === 3 &&
    imageShape.every((size) => Number.isInteger(size) && size > 0);
  if (valid) return imageShape.reduce((product: number, size: number) => product * size, 1);
  throw new ShapeError(
    `${where}: imageShape must be [height, width, channels], three positive integers, got ${describeValue(imageShape)}.`,
    { argument: 'imageShape', received: imageShape },
  );
}
