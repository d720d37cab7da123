import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';

/** `dataset` under other labels, one an image, each in [0, classes). */
export function withLabels(dataset: ImageDataset, labels: Int32Array): ImageDataset {
  return imageDataset({ ...dataset, unlabeled: false, label: (index) => labels[index] ?? Number.NaN });
}
