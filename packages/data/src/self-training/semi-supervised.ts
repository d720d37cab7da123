import { type Dataset, InvalidArgumentError, type Rng, ShapeError } from '@st/core';
import { checkKnownOptions, checkLabelled, checkNumber, type Where } from '@st/core/kit';

import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { concatenated } from '../views/concatenated.ts';

const WHERE: Where = '[@st/data] semiSupervised';

/** 1 - 0.9 is a little less than 0.1: a tenth of 100 is still 10. */
const ROUNDING = 1e-9;

export type SemiSupervisedOptions = {
  /** The part of each batch that is labelled, in (0, 1]. Default 0.5, as in the published code. */
  readonly labelledFraction?: number;
  /**
   * Images an epoch counts, rounded up to whole batches: 50 000 in the published runs, whatever the sets' sizes. Default: as many as take
   * every labelled image once.
   */
  readonly epochImages?: number;
};

/**
 * Labelled images and others, pseudo-labelled or unlabelled, in one set, whose batches hold a fixed number of each:
 * floor(batch size x (1 - labelledFraction)) others, drawn anew with replacement, and labelled ones without: each of them once before any
 * comes again. Both are shuffled within a batch, and every batch is full.
 *
 * An epoch has ceil(labelled images / labelled ones a batch) batches, or ceil(epochImages / batch size). `fit` and `batches` follow it.
 * Augment the two sets before; each keeps its own augmentation.
 * @throws {ShapeError | InvalidArgumentError} if the sets differ in image shape or classes, one is empty, or the first has no labels.
 * @throws {InvalidArgumentError} at the first batch, for a batch size that leaves no room for labelled images.
 * @see Carmon et al. 2019, arXiv 1905.13736, and its published sampler
 */
export function semiSupervised(
  labelled: ImageDataset,
  others: ImageDataset,
  options: SemiSupervisedOptions = {},
): Dataset {
  checkImageDataset(WHERE, 'labelled', labelled);
  checkImageDataset(WHERE, 'others', others);
  checkKnownOptions(WHERE, options, ['labelledFraction', 'epochImages']);
  const { labelledFraction = 0.5, epochImages } = options;
  checkNumber(WHERE, 'labelledFraction', labelledFraction, { min: 0, aboveMin: true, max: 1 });
  if (epochImages !== undefined) checkNumber(WHERE, 'epochImages', epochImages, { min: 1, integer: true });
  checkLabelled(WHERE, labelled, 'Swap the two sets if the first holds the unlabelled images.');
  checkSameKind(labelled, others);
  const share = `${Math.round(100 * labelledFraction)} % labelled${epochImages === undefined ? '' : `, ${epochImages} an epoch`}`;
  const all = concatenated(`${labelled.name} + ${others.name} (${share})`, [labelled, others]);
  const labelledPer = (batchSize: number): number =>
    checkNumber(
      WHERE,
      'labelled images a batch',
      batchSize - Math.floor(batchSize * (1 - labelledFraction) + ROUNDING),
      {
        min: 1,
        hint: `Of ${batchSize} images a batch, the labelled part of ${labelledFraction} is none: take larger batches.`,
      },
    );
  const batchesAt = (batchSize: number): number =>
    epochImages === undefined ? Math.ceil(labelled.size / labelledPer(batchSize)) : Math.ceil(epochImages / batchSize);
  return {
    name: all.name,
    size: all.size,
    classes: all.classes,
    imageShape: all.imageShape,
    ...(all.classNames && { classNames: all.classNames }),
    ...(all.unlabelled && { unlabelled: true }),
    batch: all.batch,
    epoch: {
      examples: (batchSize) => batchesAt(batchSize) * batchSize,
      order: (batchSize, rng) =>
        orderOf(labelled.size, others.size, batchSize, labelledPer(batchSize), batchesAt(batchSize), rng),
    },
  };
}

function orderOf(
  labelled: number,
  others: number,
  batchSize: number,
  labelledPer: number,
  batches: number,
  rng: Rng,
): Int32Array {
  const order = new Int32Array(batches * batchSize);
  let round = rng.permutation(labelled);
  let taken = 0;
  for (let batch = 0; batch < batches; batch++) {
    if (taken === labelled) {
      round = rng.permutation(labelled);
      taken = 0;
    }
    // the last batch of a round may hold fewer labelled images, as in the published sampler
    const fresh = round.subarray(taken, taken + labelledPer);
    taken += fresh.length;
    const indices = new Int32Array(batchSize);
    indices.set(fresh);
    const drawn = batchSize === labelledPer ? labelled : others;
    const offset = batchSize === labelledPer ? 0 : labelled;
    for (let i = fresh.length; i < batchSize; i++) indices[i] = offset + rng.integer(drawn);
    rng.permutation(batchSize).forEach((from, to) => {
      order[batch * batchSize + to] = indices[from] ?? 0;
    });
  }
  return order;
}

function checkSameKind(labelled: ImageDataset, others: ImageDataset): void {
  for (const { name, size } of [labelled, others]) {
    if (size > 0) continue;
    throw new InvalidArgumentError(`${WHERE}: both sets must hold images, got '${name}' with none.`, {
      argument: 'dataset',
      received: size,
    });
  }
  if (labelled.classes !== others.classes) {
    throw new InvalidArgumentError(
      `${WHERE}: both sets must have the same classes, got ${labelled.classes} of '${labelled.name}' and ${others.classes} of '${others.name}'.`,
      { argument: 'others', received: others.classes },
    );
  }
  if (labelled.imageShape.join() === others.imageShape.join()) return;
  throw new ShapeError(
    `${WHERE}: both sets must have images of one shape, got [${labelled.imageShape.join(', ')}] of '${labelled.name}' and [${others.imageShape.join(', ')}] of '${others.name}'.`,
    { argument: 'others', received: others.imageShape },
  );
}
