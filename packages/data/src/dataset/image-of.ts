import { type Rng, ShapeError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';

import { type Pixels, plainPixels } from './plain-pixels.ts';

/** The members of an `ImageDataset` that reading an image needs. */
type Source = {
  readonly name: string;
  readonly imageShape: readonly [number, number, number];
  image(index: number, rng?: Rng): Pixels;
};

/**
 * The image at `index` as a plain array, also for sets that others implement.
 * @throws {ShapeError} if it is no Uint8Array or Float32Array that fills `imageShape`.
 */
export function imageOf(where: Where, { name, imageShape, image }: Source, index: number, rng?: Rng): Pixels {
  const values: unknown = image(index, rng);
  const pixels = plainPixels(values);
  const [height, width, channels] = imageShape;
  if (pixels?.length === height * width * channels) return pixels;
  throw new ShapeError(
    `${where}: an image of '${name}' must be a Uint8Array or Float32Array of ${height * width * channels} values, [${imageShape.join(', ')}], got ${pixels ? `${pixels.length} values` : describeValue(values)}.`,
    { argument: 'dataset', received: values },
  );
}
