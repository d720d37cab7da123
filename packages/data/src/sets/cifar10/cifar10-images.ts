import { checkClassCounts, evenly } from '../check-class-counts.ts';

/** Bytes of one CIFAR-10 image: 32 x 32 pixels of red, green, blue. */
export const CIFAR10_IMAGE_BYTES: number = 32 * 32 * 3;
/** Images in each of the six files that CIFAR-10 comes in, in either format. */
export const CIFAR10_FILE_IMAGES = 10_000;
export const CIFAR10_TRAIN_FILES = 5;
export const CIFAR10_CLASSES = 10;

/** All of CIFAR-10: 50 000 training and 10 000 test images. */
export type Cifar10Images = {
  readonly train: LabeledImages;
  readonly test: LabeledImages;
};

/** Images as bytes, row by row, red, green, blue interleaved, and their classes. */
export type LabeledImages = {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
};

/** @throws {DataFormatError} for a label that is no class, or a class without exactly `labels.length / 10` images. */
export function checkCifar10Labels(source: string, labels: ArrayLike<number>): void {
  const wanted = evenly(CIFAR10_CLASSES, labels.length);
  checkClassCounts('[@st/data] cifar10', source, labels, wanted, 'Fetch CIFAR-10 anew.');
}
