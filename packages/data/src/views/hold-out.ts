import { createRng } from '@st/core';
import { checkKnownOptions, checkLabeled, checkNumber, type Where } from '@st/core/kit';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { stratifiedSplit } from './stratified-split.ts';
import { subset } from './subset.ts';

const WHERE: Where = '[@st/data] holdOut';

export type HoldOutOptions = {
  /** How many examples are held out. */
  readonly validation: number;
  /** Chooses which. Default: 0. */
  readonly seed?: number;
};

/**
 * Splits a set in two, both with the same class proportions: examples to train on, and held-out examples to choose checkpoints by.
 * @throws {InvalidArgumentError} if that would leave a class without examples, or some images have no label.
 * @example
 * const { rest, held } = holdOut(imageFolder, { validation: 200, seed: 1 });
 */
export function holdOut(
  dataset: ImageDataset,
  options: HoldOutOptions,
): { readonly rest: ImageDataset; readonly held: ImageDataset } {
  checkImageDataset(WHERE, 'dataset', dataset);
  checkKnownOptions(WHERE, options, ['validation', 'seed']);
  checkLabeled(WHERE, dataset, 'Hold examples out of the labelled images, then join them with the others.');
  const { validation, seed = 0 } = options;
  checkNumber(WHERE, 'seed', seed, { integer: true });
  const labels = Int32Array.from({ length: dataset.size }, (_, i) => dataset.label(i));
  const rng = createRng(seed).split('hold out');
  const { rest, held } = stratifiedSplit(WHERE, labels, dataset.classes, validation, rng);
  return { rest: subset(dataset, rest), held: subset(dataset, held, { name: `${dataset.name}, held out` }) };
}
