import type * as tf from '@tensorflow/tfjs-core';

import type { BatchNormMode } from '../classifier/batch-norm-mode.ts';
import type { View } from './view.ts';

/** Named scalar terms of a loss; `total` is minimized. */
export type LossTerms = { readonly total: tf.Scalar } & { readonly [term: string]: tf.Scalar };

/** One forward pass of the loss: the view and the batch-norm mode. */
export type Pass<V extends View = View> = {
  readonly view: V;
  readonly mode: BatchNormMode;
  /** `'statistics'`: the pass only updates the running statistics, as in published steps that forward one view twice; no gradient flows through it. */
  readonly use?: 'logits' | 'statistics';
};

/** A loss: a pure function of named logits `[batch, classes]` and labels `[batch]`, with the forward passes of its publication, in order. */
export type Loss<V extends View = View> = {
  (logits: { readonly [K in V]: tf.Tensor2D }, labels: tf.Tensor1D, targets?: tf.Tensor2D): LossTerms;
  readonly passes: readonly Pass<V>[];
  /** Uses soft labels instead of `labels` if a batch has them. Losses without this mark are never given such a batch. */
  readonly takesTargets?: true;
  /** Recognizes images without a class by their label, `UNLABELED`. Losses without this mark are given only labeled images by `fit`. */
  readonly takesUnlabeled?: true;
};

/** Loss terms and the gradient of their total. */
export type ValueAndGradients = {
  /** Scalars; the caller disposes them. */
  readonly terms: LossTerms;
  /** By the stable name of the parameter; parameters that the loss does not depend on have no entry. The caller disposes them. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
};
