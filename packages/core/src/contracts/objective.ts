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
  /** The step's own stream. Split it by a label of your own rather than draw from it: the search draws. */
  readonly rng: Rng;
  /** The position of the step in the training; undefined in a loop that does not pass it. */
  readonly progress?: Progress | undefined;
  /** Tensors that objectives with a memory keep between steps; undefined in a loop that has none. */
  readonly carried?: CarriedTensors | undefined;
};

/**
 * The target of a training step: a search and a loss, and between them the batch-norm modes and the order of the passes.
 * `trainStep` runs one; a loop of your own runs `search` outside the tape and `loss` inside `optimizer.minimize`.
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
   * Runs `update` (gradient and optimizer step) at the weights where the objective wants the gradient: plain objectives call it at once,
   * weight perturbation moves the weights before and restores them after, also if `update` throws.
   * @returns What `update` returns.
   */
  wrapUpdate<T>(classifier: Classifier, examples: Examples, update: () => T, context?: StepContext): T;
  /** Terms and gradients in one pass, where they are more than those of `loss`: free adversarial training also takes the images' gradient. */
  gradients?(classifier: Classifier, examples: Examples, context: StepContext): ValueAndGradients;
  /** How many steps in a row `fit` takes on each batch. Default 1. */
  readonly replays?: number;
  /** Search and loss take images without a class, whose label is `UNLABELED`; `fit` refuses them otherwise. */
  readonly takesUnlabeled?: boolean;
  /**
   * The accuracy that the training aims at, by which `fit` chooses the best checkpoint unless its options say otherwise: `'natural'` where the
   * loss takes the natural view alone. Default: `'robust'`.
   */
  readonly criterion?: 'natural' | 'robust';
  /** Settings that a resumed run must share, as far as the objective states them. */
  readonly settings?: JsonObject;
};
