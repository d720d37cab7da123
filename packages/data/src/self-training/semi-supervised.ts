import { type Dataset, InvalidArgumentError, type Rng, ShapeError } from '@st/core';
import { checkKnownOptions, checkLabeled, checkNumber, type Where } from '@st/core/kit';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { concatenated } from '../views/concatenated.ts';

const WHERE: Where = '[@st/data] semiSupervised';

/** Added before rounding down: in float64 1 - 0.9 is slightly less than 0.1, but a tenth of 100 must be 10. */
const ROUNDING = 1e-9;

export type SemiSupervisedOptions = {
  /** The part of each batch that is labeled, in (0, 1]. Default 0.5, as in the published code. */
  readonly labeledFraction?: number;
  /**
   * Images an epoch counts, rounded up to whole batches: 50 000 in the published runs for sets of any size. Default: the images that take
   * every labeled image once.
   */
  readonly epochImages?: number;
};

/**
 * Labeled images and others, pseudo-labeled or unlabeled, in one set, whose batches hold a fixed number of each:
 * floor(batch size x (1 - labeledFraction)) others, drawn anew with replacement, and labeled ones without: each of them once before any
 * comes again. Both are shuffled within a batch, and every batch is full.
 *
 * An epoch has ceil(labeled images / labeled ones a batch) batches, or ceil(epochImages / batch size). `fit` and `batches` follow it.
 * Augment the two sets before; each keeps its own augmentation.
 * @throws {ShapeError | InvalidArgumentError} if the sets differ in image shape or classes, one is empty, or the first has no labels.
 * @throws {InvalidArgumentError} at the first batch, for a batch size that leaves no room for labeled images.
 * @see Carmon et al. 2019, arXiv 1905.13736, and its published sampler
 */
export function semiSupervised(
  labeled: ImageDataset,
  others: ImageDataset,
  options: SemiSupervisedOptions = {},
): Dataset {
  checkImageDataset(WHERE, 'labeled', labeled);
  checkImageDataset(WHERE, 'others', others);
  checkKnownOptions(WHERE, options, ['labeledFraction', 'epochImages']);
  const { labeledFraction = 0.5, epochImages } = options;
  checkNumber(WHERE, 'labeledFraction', labeledFraction, { min: 0, aboveMin: true, max: 1 });
  if (epochImages !== undefined) checkNumber(WHERE, 'epochImages', epochImages, { min: 1, integer: true });
  checkLabeled(WHERE, labeled, 'Swap the two sets if the first holds the unlabelled images.');
  checkSameKind(labeled, others);
  const share = `${Math.round(100 * labeledFraction)} % labelled${epochImages === undefined ? '' : `, ${epochImages} an epoch`}`;
  const all = concatenated(`${labeled.name} + ${others.name} (${share})`, [labeled, others]);
  const labeledPer = (batchSize: number): number =>
    checkNumber(
      WHERE,
      'labelled images a batch',
      batchSize - Math.floor(batchSize * (1 - labeledFraction) + ROUNDING),
      {
        min: 1,
        hint: `Of ${batchSize} images a batch, the labelled part of ${labeledFraction} is none: take larger batches.`,
      },
    );
  const batchesAt = (batchSize: number): number =>
    epochImages === undefined ? Math.ceil(labeled.size / labeledPer(batchSize)) : Math.ceil(epochImages / batchSize);
  return {
    name: all.name,
    size: all.size,
    classes: all.classes,
    imageShape: all.imageShape,
    ...(all.classNames && { classNames: all.classNames }),
    ...(all.unlabeled && { unlabeled: true }),
    batch: all.batch,
    epoch: {
      examples: (batchSize) => batchesAt(batchSize) * batchSize,
      order: (batchSize, rng) =>
        orderOf(labeled.size, others.size, batchSize, labeledPer(batchSize), batchesAt(batchSize), rng),
    },
  };
}

function orderOf(
  labeled: number,
  others: number,
  batchSize: number,
  labeledPer: number,
  batches: number,
  rng: Rng,
): Int32Array {
  const order = new Int32Array(batches * batchSize);
  let round = rng.permutation(labeled);
  let taken = 0;
  for (let batch = 0; batch < batches; batch++) {
    if (taken === labeled) {
      round = rng.permutation(labeled);
      taken = 0;
    }
    // the last batch of a round may hold fewer labeled images, as in the published sampler
    const fresh = round.subarray(taken, taken + labeledPer);
    taken += fresh.length;
    const indices = new Int32Array(batchSize);
    indices.set(fresh);
    const drawn = batchSize === labeledPer ? labeled : others;
    const offset = batchSize === labeledPer ? 0 : labeled;
    for (let i = fresh.length; i < batchSize; i++) indices[i] = offset + rng.integer(drawn);
    rng.permutation(batchSize).forEach((from, to) => {
      order[batch * batchSize + to] = indices[from] ?? 0;
    });
  }
  return order;
}

function checkSameKind(labeled: ImageDataset, others: ImageDataset): void {
  for (const { name, size } of [labeled, others]) {
    if (size > 0) continue;
    throw new InvalidArgumentError(`${WHERE}: both sets must hold images, got '${name}' with none.`, {
      argument: 'dataset',
      received: size,
    });
  }
  if (labeled.classes !== others.classes) {
    throw new InvalidArgumentError(
      `${WHERE}: both sets must have the same classes, got ${labeled.classes} of '${labeled.name}' and ${others.classes} of '${others.name}'.`,
      { argument: 'others', received: others.classes },
    );
  }
  if (labeled.imageShape.join() === others.imageShape.join()) return;
  throw new ShapeError(
    `${WHERE}: both sets must have images of one shape, got [${labeled.imageShape.join(', ')}] of '${labeled.name}' and [${others.imageShape.join(', ')}] of '${others.name}'.`,
    { argument: 'others', received: others.imageShape },
  );
}
