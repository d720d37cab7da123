import type * as tf from '@tensorflow/tfjs-core';

import type { Batch } from './batch.ts';
import type { CarriedTensors } from './carried-tensors.ts';
import type { JsonObject } from './checkpoints/json.ts';
import type { BatchNormMode } from './classifier/batch-norm-mode.ts';
import type { Classifier } from './classifier/classifier.ts';
import type { Rng } from './rng.ts';
import type { Progress } from './schedules/schedule.ts';

/** One version of the images of a batch. */
export type View = 'natural' | 'adversarial' | 'collaborative';

/** Images of the views that a search found, each float32 `[batch, height, width, channels]`. */
export type ViewImages<V extends View = View> = { readonly [K in V]: tf.Tensor4D };

/**
 * A search (attack): a configured function from (classifier, batch, rng) to examples. Runs outside any gradient tape, reads nothing
 * back from the device, borrows its arguments; the caller disposes the result.
 */
export type Search<V extends View = View> = {
  (classifier: Classifier, batch: Batch, rng: Rng): ViewImages<V>;
  /** Looks at no label, so that it searches around images without a class as around others. */
  readonly takesUnlabelled?: true;
};

/** What the loss half of a training step takes: labels and every view. `tf.dispose(examples)` frees it and leaves the batch alone. */
export type Examples = {
  /** int32 `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** The batch's soft labels, where it has any: float32 `[batch, classes]`. */
  readonly targets?: tf.Tensor2D;
  /** Natural images and whatever the search found. */
  readonly views: { readonly natural: tf.Tensor4D } & { readonly [K in View]?: tf.Tensor4D };
};

/** Named scalar terms of a loss; `total` is the one to minimise. */
export type LossTerms = { readonly total: tf.Scalar } & { readonly [term: string]: tf.Scalar };

/** One forward pass of the loss: which view goes through the model, and in which batch-norm mode. */
export type Pass<V extends View = View> = {
  readonly view: V;
  readonly mode: BatchNormMode;
  /** `'statistics'`: the pass only moves the running statistics, as a published step that forwards one view twice does; no gradient flows through it. */
  readonly use?: 'logits' | 'statistics';
};

/** A loss: a pure function of named logits `[batch, classes]` and labels `[batch]`, with the forward passes its publication makes, in order. */
export type Loss<V extends View = View> = {
  (logits: { readonly [K in V]: tf.Tensor2D }, labels: tf.Tensor1D, targets?: tf.Tensor2D): LossTerms;
  readonly passes: readonly Pass<V>[];
  /** Uses soft labels in place of `labels` where a batch has them. Losses without this mark are never given such a batch. */
  readonly takesTargets?: true;
  /** Tells images without a class by their label, `UNLABELLED`. `fit` gives losses without this mark labelled images alone. */
  readonly takesUnlabelled?: true;
};

/** Loss terms and the gradient of their total. */
export type ValueAndGradients = {
  /** Scalars; the caller disposes them. */
  readonly terms: LossTerms;
  /** By the parameters' stable names; parameters that the loss does not reach have none. The caller disposes them. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
};

/** What a search knows besides the batch and its random stream. */
export type SearchContext = Pick<StepContext, 'progress' | 'carried'>;

/** What a step knows besides the batch. */
export type StepContext = {
  /** The step's own stream. Split it by a label of your own rather than draw from it: the search draws. */
  readonly rng: Rng;
  /** Where training is; undefined in a loop that does not say. */
  readonly progress?: Progress | undefined;
  /** What objectives with a memory keep between steps; undefined in a loop that has none. */
  readonly carried?: CarriedTensors | undefined;
};

/**
 * What a training step minimises: a search and a loss, and between them the batch-norm modes and the order of the passes.
 * `trainStep` runs one; a loop of one's own runs `search` outside the tape and `loss` inside `optimizer.minimize`.
 */
export type Objective = {
  /**
   * Finds the examples to train on; the caller disposes them. Objectives with a memory need the context's `carried`, which they may write
   * to, and those that change during training its `progress`.
   */
  search(classifier: Classifier, batch: Batch, rng: Rng, context?: SearchContext): Examples;
  /** The loss terms at the classifier's present weights; differentiable; the caller disposes them. */
  loss(classifier: Classifier, examples: Examples): LossTerms;
  /**
   * Runs `update` (gradient and optimiser step) where the objective wants the gradient taken: plain objectives just call it,
   * weight perturbation moves the weights before and restores them after, also if `update` throws.
   */
  around<T>(classifier: Classifier, examples: Examples, update: () => T, context?: StepContext): T;
  /** Terms and gradients in one pass, where they are not just those of `loss`: free adversarial training takes the images' gradient along. */
  gradients?(classifier: Classifier, examples: Examples, context: StepContext): ValueAndGradients;
  /** How many steps in a row `fit` takes on each batch. Default 1. */
  readonly replays?: number;
  /** Search and loss take images without a class, whose label is `UNLABELLED`; `fit` refuses them otherwise. */
  readonly takesUnlabelled?: boolean;
  /**
   * Which accuracy the training is for, and so chooses the best checkpoint in `fit` where nothing else is asked for: `'natural'` where the loss
   * takes no view but the natural one. Default: `'robust'`.
   */
  readonly criterion?: 'natural' | 'robust';
  /** Settings that a resumed run must share, as far as the objective tells them. */
  readonly settings?: JsonObject;
};
