import { UNLABELED } from '@st/core';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';

/**
 * `dataset` without its labels: each becomes `UNLABELED`. `fit` trains on it, alone or in `semiSupervised`, only with an objective that
 * takes unlabeled images, for example `rstTradesTraining` of @st/attacks.
 * @example
 * const train = semiSupervised(labeled, unlabeled(rest));
 */
export function unlabeled(dataset: ImageDataset): ImageDataset {
  checkImageDataset('[@st/data] unlabeled', 'dataset', dataset);
  return imageDataset({
    ...dataset,
    name: `${dataset.name}, unlabelled`,
    unlabeled: true,
    label: () => UNLABELED,
  });
}
