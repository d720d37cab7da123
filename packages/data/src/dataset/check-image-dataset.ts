import { InvalidArgumentError } from '@st/core';
import { checkDataset, type Where } from '@st/core/kit';

import type { ImageDataset } from './image-dataset.ts';

/**
 * Returns `value` if it is a data set with access to single images.
 * @throws {InvalidArgumentError} for anything else, including a set that gives whole batches only.
 */
export function checkImageDataset(where: Where, argument: string, value: unknown): ImageDataset {
  const set = checkDataset(where, argument, value);
  if ('image' in set && typeof set.image === 'function' && 'label' in set && typeof set.label === 'function')
    return set as ImageDataset; // every member was just checked
  throw new InvalidArgumentError(
    `${where}: ${argument} must show its images one at a time, by image(index) and label(index), as the sets of arrayDataset and the readers do, but '${set.name}' makes whole batches only. mixed and semiSupervised come last: augment, choose and join the images before.`,
    { argument, received: value },
  );
}
