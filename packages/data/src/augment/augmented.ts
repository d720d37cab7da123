import type { Rng } from '@st/core';
import type { Where } from '@st/core/kit';
import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';
import { imageOf } from '../dataset/image-of.ts';
import type { Pixels } from '../dataset/plain-pixels.ts';
import type { Augmentation } from './augmentation.ts';
import { checkList } from './check-list.ts';

const WHERE: Where = '[@st/data] augmented';

/**
 * `dataset` with random changes, applied in order to a copy of the stored values of each image while a batch is gathered: the set is never
 * written to. The changes are drawn from the generator given to `batch`: the same generator state gives the same batch. Without a generator images
 * are those of `dataset`.
 * @throws {InvalidArgumentError} for anything but a set that shows single images, and a list of augmentations.
 * @throws {ShapeError} at an image that does not fill the set's `imageShape`.
 * @example
 * const train = augmented(set, [randomCrop({ padding: 4 }), horizontalFlip()]);
 */
export function augmented(dataset: ImageDataset, augmentations: readonly Augmentation[]): ImageDataset {
  checkImageDataset(WHERE, 'dataset', dataset);
  checkAugmentations(WHERE, 'augmentations', augmentations);
  const length = dataset.imageShape.reduce((product, size) => product * size, 1);
  const bytes = [new Uint8Array(length), new Uint8Array(length)] as const; // two buffers of one image each, which stay in the CPU cache
  const floats = [new Float32Array(length), new Float32Array(length)] as const;
  return imageDataset({
    ...dataset,
    image: (index, rng) => (rng ? change(imageOf(WHERE, dataset, index, rng), rng) : dataset.image(index)),
  });

  function change(stored: Pixels, rng: Rng): Pixels {
    let [source, target]: readonly [Pixels, Pixels] = stored instanceof Float32Array ? floats : bytes;
    source.set(stored);
    for (const augmentation of augmentations) {
      augmentation.apply(source, target, dataset.imageShape, rng);
      [source, target] = [target, source];
    }
    return source;
  }
}

/** @throws {InvalidArgumentError} for anything but a list of augmentations. */
export function checkAugmentations(where: Where, argument: string, value: unknown): readonly Augmentation[] {
  return checkList(where, argument, value, { method: 'apply', line: '[randomCrop({ padding: 4 }), horizontalFlip()]' });
}
