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

/** The augmentations of each training image, in the order of AutoAugment's paper: crop and flip, AutoAugment, Cutout. */
export function imageAugmentations({ augment, autoAugment: policy, cutout: size }: Configuration): Augmentation[] {
  return [
    ...(augment ? CIFAR10_AUGMENTATION : []),
    ...(policy ? [autoAugment()] : []),
    ...(size === null ? [] : [cutout({ size })]), // fills with black: the models take unnormalized pixels, where 0 is black
  ];
}

/** Mixes the images of each training batch by MixUp and CutMix, if configured. */
export function withMixing(train: ImageDataset, { mixup, cutmix, cutmixProbability }: Configuration): Dataset {
  const mixings = [
    ...(mixup === null ? [] : [mixUp({ alpha: mixup })]),
    ...(cutmix === null ? [] : [cutMix({ alpha: cutmix, probability: cutmixProbability })]),
  ];
  return mixings.length === 0 ? train : mixed(train, mixings);
}
