import type { Batch } from '../batch.ts';
import type { CarriedTensors } from '../carried-tensors.ts';
import type { JsonObject } from '../checkpoints/json.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Rng } from '../rng.ts';
import type { Progress } from '../schedules/schedule.ts';
import type { LossTerms, ValueAndGradients } from './loss.ts';
import type { Examples } from './view.ts';

/** The arguments of an objective's search besides the batch and its random stream. */
export type SearchContext = Pick<StepContext, 'progress' | 'carried'>;

/** The arguments of a training step besides the batch. */
export type StepContext = {
  /** The random stream of the step. Split it with a new label instead of drawing from it, because the search draws from it. */
  readonly rng: Rng;
  /** The position of the step in the training; undefined in a loop that does not pass it. */
  readonly progress?: Progress | undefined;
  /** Tensors that objectives keep between steps; undefined in a loop that has none. */
  readonly carried?: CarriedTensors | undefined;
};

/**
 * The goal of a training step: a search and a loss, with the batch-norm modes and the order of the forward passes. `trainStep` runs one. A custom loop calls
 * `search` outside the gradient tape and `loss` inside `optimizer.minimize`.
 */
export type Objective = {
  /**
   * Finds the examples to train on; the caller disposes them. Objectives that keep tensors between steps read and write the context's `carried`; objectives
   * that change during training read its `progress`.
   */
  search(classifier: Classifier, batch: Batch, rng: Rng, context?: SearchContext): Examples;
  /** The loss terms at the current weights of the classifier; differentiable; the caller disposes them. */
  loss(classifier: Classifier, examples: Examples): LossTerms;
  /**
   * Runs `update` (gradient and optimizer step) at the weights at which the objective takes the gradient. Most objectives just call it; weight perturbation
   * perturbs the weights before and restores them afterwards, also if `update` throws.
   * @returns What `update` returns.
   */
  wrapUpdate<T>(classifier: Classifier, examples: Examples, update: () => T, context?: StepContext): T;
  /** Terms and gradients in one pass, if more than those of `loss` are needed: free adversarial training also needs the gradient with respect to the images. */
  gradients?(classifier: Classifier, examples: Examples, context: StepContext): ValueAndGradients;
  /** Number of consecutive steps that `fit` takes on each batch. Default 1. */
  readonly replays?: number;
  /** Search and loss accept images without a class, whose label is `UNLABELED`; otherwise `fit` refuses such images. */
  readonly takesUnlabeled?: boolean;
  /**
   * The accuracy that training improves, by which `fit` chooses the best checkpoint unless its options say otherwise: `'natural'` if the loss uses only the
   * natural view. Default: `'robust'`.
   */
  readonly criterion?: 'natural' | 'robust';
  /** Settings that a resumed run must have too. */
  readonly settings?: JsonObject;
};
