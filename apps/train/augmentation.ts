import type { Dataset } from '@st/core';
import {
  type Augmentation,
  autoAugment,
  CIFAR10_AUGMENTATION,
  cutMix,
  cutout,
  type ImageDataset,
  mixed,
  mixUp,
} from '@st/data';

import type { Configuration } from './configuration.ts';

/** The changes of each training image, in the order of AutoAugment's paper: crop and flip, AutoAugment, Cutout. */
export function imageAugmentations({ augment, autoAugment: policy, cutout: size }: Configuration): Augmentation[] {
  return [
    ...(augment ? CIFAR10_AUGMENTATION : []),
    ...(policy ? [autoAugment()] : []),
    ...(size === null ? [] : [cutout({ size })]), // black: the models take pixels as they are, whose zero it is
  ];
}

/** The training images with those of each batch mixed among themselves, where that is asked for. */
export function withMixing(train: ImageDataset, { mixup, cutmix, cutmixProbability }: Configuration): Dataset {
  const mixings = [
    ...(mixup === null ? [] : [mixUp({ alpha: mixup })]),
    ...(cutmix === null ? [] : [cutMix({ alpha: cutmix, probability: cutmixProbability })]),
  ];
  return mixings.length === 0 ? train : mixed(train, mixings);
}
