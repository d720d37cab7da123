import type * as tf from '@tensorflow/tfjs-core';

import type { BatchNormMode } from './batch-norm-mode.ts';

/** A variable that training reads and writes, with a name that is the same in every process. */
export type NamedVariable = {
  /** Stable name, such as `layer1.0.conv1/kernel`; the key in checkpoints and optimizer slots. */
  readonly name: string;
  readonly variable: tf.Variable;
};

/** A running statistic of batch normalization. */
export type RunningStatistic = NamedVariable & {
  /**
   * The share of the old value in a pass in mode `'batch-tracking'`: r' = kept r + (1 - kept) b, where b is the batch statistic. Undefined if unknown.
   */
  readonly kept?: number;
};

/** A layer that states the value `kept` of its running statistics (`RunningStatistic`). */
export type KeepsStatistics = { readonly keptStatistics: number };

/** A differentiable map from images to logits, with its weights. Made by `asClassifier` from any `tf.LayersModel` or a function. */
export type Classifier = {
  readonly classes: number;
  /** `[height, width, channels]`; null for any size. */
  readonly imageShape: readonly [number | null, number | null, number | null];
  /** Logits float32 `[batch, classes]` of float32 images `[batch, height, width, channels]` in [0, 1]; the caller disposes them. */
  logits(images: tf.Tensor4D, mode: BatchNormMode): tf.Tensor2D;
  /** Trainable weights, in the model's order. */
  readonly parameters: readonly NamedVariable[];
  /** State that is not trained: running statistics of batch normalization. */
  readonly statistics: readonly RunningStatistic[];
  /**
   * The sum of the penalties of the model's weight regularizers at the current weights, differentiable; the caller disposes it. It is part of every loss, as
   * the term `penalty`. Absent if there are no regularizers, or they are left out.
   */
  readonly penalty?: (() => tf.Scalar) | undefined;
  /** The outputs are known to be logits; otherwise the values of the first batch are checked. */
  readonly output?: 'logits';
  /** No pass updates the running statistics in any mode, as with `untracked`; passes that serve only the statistics can be skipped. */
  readonly isUntracked?: true;
};
