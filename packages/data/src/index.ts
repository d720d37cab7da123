export type { Augmentation } from './augment/augmentation.ts';
export { augmented } from './augment/augmented.ts';
export { type AutoAugmentOptions, autoAugment } from './augment/auto-augment/auto-augment.ts';
export { CIFAR10_AUGMENTATION } from './augment/cifar10-augmentation.ts';
export { type CutMixOptions, cutMix } from './augment/cut-mix.ts';
export { type CutoutOptions, cutout } from './augment/cutout.ts';
export { horizontalFlip } from './augment/horizontal-flip.ts';
export { type MixUpOptions, mixUp } from './augment/mix-up.ts';
export { mixed } from './augment/mixed.ts';
export type { Mixing, MixingDraw } from './augment/mixing.ts';
export { type RandomCropOptions, randomCrop } from './augment/random-crop.ts';
export type { ImageDataset } from './dataset/image-dataset.ts';
export type { PixelSource, Pixels } from './dataset/plain-pixels.ts';
export { type PseudoLabelOptions, pseudoLabel } from './self-training/pseudo-label.ts';
export type { PseudoLabeled, PseudoLabelProvenance } from './self-training/pseudo-labeled.ts';
export { loadPseudoLabeled, savePseudoLabeled } from './self-training/pseudo-labeled-file.ts';
export { type SemiSupervisedOptions, semiSupervised } from './self-training/semi-supervised.ts';
export { unlabeled } from './self-training/unlabeled.ts';
export { type ArrayDatasetOptions, arrayDataset } from './sets/array-dataset.ts';
export {
  CIFAR10_CLASS_NAMES,
  type Cifar10,
  type Cifar10Options,
  cifar10,
} from './sets/cifar10/cifar10.ts';
export { type Cifar100Options, cifar100 } from './sets/cifar100.ts';
export { type FashionMnistOptions, fashionMnist } from './sets/fashion-mnist.ts';
export { type ImageFolderOptions, imageFolder } from './sets/image-folder.ts';
export { mnist } from './sets/mnist.ts';
export { type NpzDatasetOptions, npzDataset } from './sets/npz-dataset.ts';
export type { MnistOptions } from './sets/read-mnist-files.ts';
export { type SvhnOptions, svhn } from './sets/svhn.ts';
export type { TrainingSets, TrainingSetsOptions } from './sets/training-sets.ts';
export { type BatchesOptions, batches } from './views/batches.ts';
export { type HoldOutOptions, holdOut } from './views/hold-out.ts';
export { type SubsetOptions, subset, take } from './views/subset.ts';
