import type * as tf from '@tensorflow/tfjs-core';

import type { BatchNormMode } from '../classifier/batch-norm-mode.ts';
import type { View } from './view.ts';

/** Named scalar terms of a loss; `total` is the one to minimise. */
export type LossTerms = { readonly total: tf.Scalar } & { readonly [term: string]: tf.Scalar };

/** One forward pass of the loss: which view goes through the model, and in which batch-norm mode. */
export type Pass<V extends View = View> = {
  readonly view: V;
  readonly mode: BatchNormMode;
  /** `'statistics'`: the pass only moves the running statistics, as in published steps that forward one view twice; no gradient flows through it. */
  readonly use?: 'logits' | 'statistics';
};

/** A loss: a pure function of named logits `[batch, classes]` and labels `[batch]`, with the forward passes of its publication, in order. */
export type Loss<V extends View = View> = {
  (logits: { readonly [K in V]: tf.Tensor2D }, labels: tf.Tensor1D, targets?: tf.Tensor2D): LossTerms;
  readonly passes: readonly Pass<V>[];
  /** Uses soft labels in place of `labels` where a batch has them. Losses without this mark are never given such a batch. */
  readonly takesTargets?: true;
  /** Recognizes images without a class by their label, `UNLABELED`. `fit` gives losses without this mark labelled images alone. */
  readonly takesUnlabeled?: true;
};

/** Loss terms and the gradient of their total. */
export type ValueAndGradients = {
  /** Scalars; the caller disposes them. */
  readonly terms: LossTerms;
  /** By the parameters' stable names; parameters that the loss does not depend on have none. The caller disposes them. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
};
