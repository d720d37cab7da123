import { checkKind, checkKnownOptions, checkNumber, type Where } from '@st/core/kit';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import { checkIndex, checkIndices } from '../dataset/check-index.ts';
import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';

const SUBSET: Where = '[@st/data] subset';
const TAKE: Where = '[@st/data] take';

/** Settings of `subset` besides the choice of examples. */
export type SubsetOptions = {
  /** Shown in reports. Default: the name of the set it is taken from. */
  readonly name?: string;
};

/**
 * The examples of `dataset` at `indices`, in that order; an index may come more than once. Copies only the indices;
 * keeps the augmentation of `dataset`.
 * @throws {InvalidArgumentError} if the set has no such example, or the name is no text.
 */
export function subset(dataset: ImageDataset, indices: ArrayLike<number>, options: SubsetOptions = {}): ImageDataset {
  checkImageDataset(SUBSET, 'dataset', dataset);
  checkIndices(SUBSET, indices);
  checkKnownOptions(SUBSET, options, ['name']);
  if (options.name !== undefined) checkKind(SUBSET, 'name', options.name, 'text');
  const chosen = Int32Array.from(indices, (index) => {
    checkIndex(SUBSET, dataset, index);
    return index;
  });
  const stored = (index: number): number => chosen[index] ?? Number.NaN;
  return imageDataset({
    ...dataset,
    name: options.name ?? dataset.name,
    size: chosen.length,
    image: (index, rng) => dataset.image(stored(index), rng),
    label: (index) => dataset.label(stored(index)),
  });
}

/**
 * The first `count` examples of `dataset`.
 * @throws {InvalidArgumentError} if it holds fewer.
 */
export function take(dataset: ImageDataset, count: number): ImageDataset {
  checkImageDataset(TAKE, 'dataset', dataset);
  checkNumber(TAKE, 'count', count, {
    min: 0,
    max: dataset.size,
    integer: true,
    hint: `'${dataset.name}' holds ${dataset.size} examples.`,
  });
  return subset(
    dataset,
    Int32Array.from({ length: count }, (_, i) => i),
  );
}
