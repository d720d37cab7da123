import type * as tf from '@tensorflow/tfjs-core';

import type { BatchNormMode } from './batch-norm-mode.ts';

/** A tensor that training reads and writes, under a name that stays the same from process to process. */
export type NamedVariable = {
  /** Stable name, e.g. `layer1.0.conv1/kernel`; checkpoints and optimiser slots are keyed by it. */
  readonly name: string;
  readonly variable: tf.Variable;
};

/** A running statistic of batch normalisation. */
export type RunningStatistic = NamedVariable & {
  /**
   * The share of itself that it keeps in a pass in mode `'batch-tracking'`: r' = kept r + (1 - kept) b, b being what the batch has.
   * Undefined where that is not known.
   */
  readonly kept?: number;
};

/** A layer that states the share that its running statistics keep in a tracking pass (`RunningStatistic`). */
export type KeepsStatistics = { readonly keptStatistics: number };

/** A differentiable map from images to logits, with its weights. Made by `asClassifier` from any `tf.LayersModel` or a function. */
export type Classifier = {
  readonly classes: number;
  /** `[height, width, channels]`; null where any size goes. */
  readonly imageShape: readonly [number | null, number | null, number | null];
  /** Logits float32 `[batch, classes]` of float32 images `[batch, height, width, channels]` in [0, 1]; the caller disposes them. */
  logits(images: tf.Tensor4D, mode: BatchNormMode): tf.Tensor2D;
  /** Trainable weights, in the model's order. */
  readonly parameters: readonly NamedVariable[];
  /** State that is not trained: running statistics of batch normalisation. */
  readonly statistics: readonly RunningStatistic[];
  /**
   * The sum of the penalties of the model's weight regularizers at the present weights, differentiable; the caller disposes it. It is part
   * of every loss, under the term `penalty`. Absent where there is none, or they are left out.
   */
  readonly penalty?: (() => tf.Scalar) | undefined;
  /** The outputs are known to be logits; otherwise the first batch is judged by its values. */
  readonly output?: 'logits';
  /** No pass moves the running statistics in any mode, as `untracked` makes it; passes that serve only the statistics can be skipped. */
  readonly isUntracked?: true;
};
