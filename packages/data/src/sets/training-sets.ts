import { createRng } from '@st/core';
import { checkNumber, type Where } from '@st/core/kit';

import type { Augmentation } from '../augment/augmentation.ts';
import { augmented, checkAugmentations } from '../augment/augmented.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { stratifiedSplit } from '../views/stratified-split.ts';
import { subset } from '../views/subset.ts';

/** A published set, split for training. */
export type TrainingSets = {
  /** Augmented if a batch is requested with a generator. */
  readonly train: ImageDataset;
  /** Held out of the training images. */
  readonly validation: ImageDataset;
  readonly test: ImageDataset;
};

/** How the training images of a published set are split and augmented. */
export type TrainingSetsOptions = {
  /** How many training images are held out to choose checkpoints by, in the classes' proportions. Default: 1000. */
  readonly validation?: number;
  /** Chooses which images are held out. Default: 0. */
  readonly seed?: number;
  /** Augmentation of the training images; `[]` for none. */
  readonly augment?: readonly Augmentation[];
};

/**
 * Holds the validation images out of `train`, and augments the rest.
 * @param stream - Names the stream of the seed that chooses them.
 * @throws {InvalidArgumentError} for a validation set that would leave a class empty.
 */
export function trainingSets(
  where: Where,
  { train, test }: { readonly train: ImageDataset; readonly test: ImageDataset },
  stream: string,
  { validation = 1000, seed = 0, augment = [] }: TrainingSetsOptions,
): TrainingSets {
  checkAugmentations(where, 'augment', augment);
  checkNumber(where, 'seed', seed, { integer: true });
  const labels = Int32Array.from({ length: train.size }, (_, i) => train.label(i));
  const { rest, held } = stratifiedSplit(where, labels, train.classes, validation, createRng(seed).split(stream));
  const name = train.name.replace(/ train$/, ' validation');
  return { train: augmented(subset(train, rest), augment), validation: subset(train, held, { name }), test };
}
