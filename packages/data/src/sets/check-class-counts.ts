import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

/**
 * Checks the number of images of each class, which is known for a published set: it is wrong for a swapped, repeated or damaged file.
 * @param wanted - How many images of each class there must be.
 * @param mend - How to get the files, added to the message.
 * @throws {DataFormatError} for a label that is no class, or another number of images of a class.
 */
export function checkClassCounts(
  where: Where,
  source: string,
  labels: ArrayLike<number>,
  wanted: readonly number[],
  mend: string,
): void {
  const counts = new Array<number>(wanted.length).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? -1;
    const count = counts[label];
    if (count === undefined) {
      throw new DataFormatError(
        `${where}: labels must be in [0, ${wanted.length}), got ${label} at index ${i} of ${source}. The file is damaged or of another set. ${mend}`,
        { argument: 'dir', received: label },
      );
    }
    counts[label] = count + 1;
  }
  const wrong = counts.findIndex((count, label) => count !== wanted[label]);
  if (wrong < 0) return;
  throw new DataFormatError(
    `${where}: ${source} must hold ${wanted[wrong]} images of class ${wrong}, got ${counts[wrong]}. A file is damaged or comes twice under two names. ${mend}`,
    { argument: 'dir', received: counts },
  );
}

/** The same number of images of each class. */
export function evenly(classes: number, images: number): readonly number[] {
  return new Array<number>(classes).fill(images / classes);
}
