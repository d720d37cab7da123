import type { Augmentation } from './augmentation.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { randomCrop } from './random-crop.ts';

/** The usual augmentation for training on CIFAR-10, which the papers of this project use: random crop with padding 4, then horizontal flip. */
export const CIFAR10_AUGMENTATION: readonly Augmentation[] = [randomCrop({ padding: 4 }), horizontalFlip()];
