import type { Where } from './check-options.ts';
import { describeValue } from './describe-value.ts';
import { ShapeError } from './errors.ts';

/**
 * Refuses a value that is not the shape of an image: three integers above 0.
 * @throws {ShapeError} `<where>: imageShape must be [height, width, channels], got [32, 32].`
 */
export function checkImageShape(where: Where, argument: string, value: unknown): void {
  const isShape = Array.isArray(value) && value.length === 3 && value.every((n) => Number.isInteger(n) && n > 0);
  if (isShape) return;
  throw new ShapeError(`${where}: ${argument} must be [height, width, channels], got ${describeValue(value)}.`, {
    argument,
    received: value,
  });
}
