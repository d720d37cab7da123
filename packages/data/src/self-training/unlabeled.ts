import { UNLABELLED } from '@st/core';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';

/**
 * `dataset` without its labels: each becomes `UNLABELLED`. `fit` trains on it, alone or in `semiSupervised`, only with an objective that
 * takes unlabelled images, `rstTrades` of @st/attacks say.
 * @example
 * const train = semiSupervised(labelled, unlabelled(rest));
 */
export function unlabelled(dataset: ImageDataset): ImageDataset {
  checkImageDataset('[@st/data] unlabelled', 'dataset', dataset);
  return imageDataset({
    ...dataset,
    name: `${dataset.name}, unlabelled`,
    unlabelled: true,
    label: () => UNLABELLED,
  });
}
