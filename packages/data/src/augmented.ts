import type { Rng } from '@st/core';

import type { Augmentation } from './augmentation.ts';
import { type ImageDataset, imageDataset, type Pixels } from './image-dataset.ts';

/**
 * `dataset` with random changes, applied in order to the stored values of each image while a batch is gathered. They are driven by the
 * generator given to `batch`: the same generator state gives the same batch. Without a generator images come as `dataset` has them.
 * @example
 * const train = augmented(set, [randomCrop({ padding: 4 }), horizontalFlip()]);
 */
export function augmented(dataset: ImageDataset, augmentations: readonly Augmentation[]): ImageDataset {
  const first = dataset.size > 0 ? dataset.image(0) : new Uint8Array(0);
  const scratch: readonly [Pixels, Pixels] = [first.slice(), first.slice()]; // one image each: they stay in the processor's cache
  return imageDataset({
    ...dataset,
    image: (index, rng) => (rng ? change(dataset.image(index, rng), rng) : dataset.image(index)),
  });

  function change(stored: Pixels, rng: Rng): Pixels {
    return augmentations.reduce((source, augmentation, i) => {
      const target = scratch[i % 2 === 0 ? 0 : 1];
      augmentation.apply(source, target, dataset.imageShape, rng);
      return target;
    }, stored);
  }
}
