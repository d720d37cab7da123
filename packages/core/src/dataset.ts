import type { Batch } from './batch.ts';
import type { Rng } from './rng.ts';

/** A labelled set of images that yields batches by index. The pixels stay where the set keeps them; only batches become tensors. */
export type Dataset = {
  /** Shown in reports: `CIFAR-10 train`. */
  readonly name: string;
  readonly size: number;
  readonly classes: number;
  /** One name a class, if the set has any. */
  readonly classNames?: readonly string[];
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number];
  /**
   * The examples at `indices`, in that order, as a new batch that the caller disposes.
   * @param rng - Drives the augmentation; without it, or on a set that has none, images come as stored.
   */
  batch(indices: ArrayLike<number>, rng?: Rng): Batch;
  /** Some of the images have no class; their label is `UNLABELED`. Only objectives that take such images are trained on the set. */
  readonly unlabeled?: boolean;
  /** How training goes through the set, where an epoch is not each example once in random order. */
  readonly epoch?: EpochPlan;
};

/** A set's own definition of an epoch: for example, batches with fixed numbers of labelled and of pseudo-labelled examples. */
export type EpochPlan = {
  /** Examples an epoch takes, repeated ones counted again, at this batch size. */
  examples(batchSize: number): number;
  /** The indices of one epoch, `examples(batchSize)` of them, of which each batch takes the next `batchSize`. */
  order(batchSize: number, rng: Rng): Int32Array;
};
