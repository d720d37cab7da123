export { type ArrayDatasetOptions, arrayDataset } from './array-dataset.ts';
export type { Augmentation } from './augmentation.ts';
export { augmented } from './augmented.ts';
export { type BatchesOptions, batches } from './batches.ts';
export { CIFAR10_AUGMENTATION, CIFAR10_CLASS_NAMES, type Cifar10, type Cifar10Options, cifar10 } from './cifar10.ts';
export { horizontalFlip } from './horizontal-flip.ts';
export type { ImageDataset, Pixels } from './image-dataset.ts';
export { type RandomCropOptions, randomCrop } from './random-crop.ts';
export { type SubsetOptions, subset, take } from './subset.ts';
