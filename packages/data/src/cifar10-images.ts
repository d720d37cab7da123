import { DataFormatError } from '@st/core';

/** Bytes of one CIFAR-10 image: 32 x 32 pixels of red, green, blue. */
export const CIFAR10_IMAGE_BYTES: number = 32 * 32 * 3;
/** Images in each of the six files that CIFAR-10 comes in, in either format. */
export const CIFAR10_FILE_IMAGES = 10_000;
export const CIFAR10_TRAIN_FILES = 5;
export const CIFAR10_CLASSES = 10;

/** All of CIFAR-10: 50 000 training and 10 000 test images. */
export type Cifar10Images = {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
};

/** Images as bytes, row by row, red, green, blue interleaved, and their classes. */
export type LabelledImages = {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
};

/**
 * CIFAR-10 holds every class equally often, so that a swapped, repeated or damaged file shows in the counts.
 * @throws {DataFormatError} for a label that is no class, or if some class does not come `labels.length / 10` times.
 */
export function checkCifar10Labels(source: string, labels: ArrayLike<number>): void {
  const counts = new Array<number>(CIFAR10_CLASSES).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    const count = counts[label];
    if (count === undefined) {
      throw new DataFormatError(
        `[@st/data] cifar10: labels must be in [0, ${CIFAR10_CLASSES}), got ${label} at index ${i} of ${source}. The file is damaged or of another set (CIFAR-100 has 100 classes): fetch CIFAR-10 anew.`,
        { argument: 'dir', received: label },
      );
    }
    counts[label] = count + 1;
  }
  const wanted = labels.length / CIFAR10_CLASSES;
  const wrong = counts.findIndex((count) => count !== wanted);
  if (wrong < 0) return;
  throw new DataFormatError(
    `[@st/data] cifar10: ${source} must hold ${wanted} images of each class, got ${counts[wrong]} of class ${wrong}. A file is damaged or comes twice under two names: fetch CIFAR-10 anew.`,
    { argument: 'dir', received: counts },
  );
}
