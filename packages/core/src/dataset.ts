import type { Batch } from './batch.ts';
import type { Rng } from './rng.ts';

/** A set of labeled images that returns batches by index. The set stores the pixels in any form; only batches are tensors. */
export type Dataset = {
  /** Shown in reports: `CIFAR-10 train`. */
  readonly name: string;
  readonly size: number;
  readonly classes: number;
  /** One name per class, if the set has names. */
  readonly classNames?: readonly string[];
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number];
  /**
   * The examples at `indices`, in that order, as a new batch that the caller disposes.
   * @param rng - Random numbers of the augmentation; without it, or for a set without augmentation, the images are returned as stored.
   */
  batch(indices: ArrayLike<number>, rng?: Rng): Batch;
  /** Some images have no class; their label is `UNLABELED`. Such a set requires an objective that takes unlabeled images. */
  readonly unlabeled?: boolean;
  /** The order of an epoch, if it is not every example once in random order. */
  readonly epoch?: EpochPlan;
};

/** A custom definition of an epoch, such as batches with fixed numbers of labeled and pseudo-labeled examples. */
export type EpochPlan = {
  /** Number of examples of an epoch at this batch size, repeated ones counted each time. */
  examples(batchSize: number): number;
  /** The `examples(batchSize)` indices of one epoch; each batch takes the next `batchSize` of them. */
  order(batchSize: number, rng: Rng): Int32Array;
};
