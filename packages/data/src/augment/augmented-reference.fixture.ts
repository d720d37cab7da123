import { createRng } from '@st/core';
import { expect } from 'vitest';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { augmented } from './augmented.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { randomCrop } from './random-crop.ts';

const PADDING = 4;
const CROP_AND_FLIP = [randomCrop({ padding: PADDING }), horizontalFlip()];

/** A crop with padding 4, then a flip, of one image of `values`, with the draws of torchvision in order: row, column, chance. */
function cropAndFlip(
  values: ArrayLike<number>,
  [height, width, channels]: readonly [number, number, number],
  [top, left, mirrored]: readonly [number, number, boolean],
): number[] {
  const result: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = y + top - PADDING;
      const column = (mirrored ? width - 1 - x : x) + left - PADDING;
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      for (let c = 0; c < channels; c++) result.push(inside ? (values[(row * width + column) * channels + c] ?? 0) : 0);
    }
  }
  return result;
}

/**
 * Expects crop and flip of some images of `set`, the first and the last among them, to equal the reference computed from copies made before, and
 * the stored images not to change.
 * @param changed - The same images with that crop and flip. Default: `augmented` does it here.
 */
export function expectAugmentedRight(set: ImageDataset, changed: ImageDataset = augmented(set, CROP_AND_FLIP)): void {
  const count = 12;
  const indices = Array.from({ length: count }, (_, i) => Math.round((i * (set.size - 1)) / (count - 1)));
  const frozen = indices.map((index) => Array.from(set.image(index)));
  const rng = createRng(11);
  const same = createRng(11);
  indices.forEach((index, i) => {
    const draws = [same.integer(2 * PADDING + 1), same.integer(2 * PADDING + 1), same.next() < 0.5] as const;
    const right = cropAndFlip(frozen[i] ?? [], set.imageShape, draws);
    expect(Array.from(changed.image(index, rng))).toEqual(right);
  });
  expect(indices.map((index) => Array.from(set.image(index)))).toEqual(frozen);
}

/** A set's images `indices` under its own augmentation and a seed, in one list: sets of the same images read in two ways must agree. */
export function drawnPixels(set: ImageDataset, indices: readonly number[], seed: number): number[] {
  const rng = createRng(seed);
  return indices.flatMap((index) => Array.from(set.image(index, rng)));
}
