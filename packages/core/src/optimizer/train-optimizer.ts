import type * as tf from '@tensorflow/tfjs-core';
import type { JsonObject } from '../checkpoints/json.ts';
import type { NamedVariable } from '../classifier/classifier.ts';
import type { Progress } from '../schedules/schedule.ts';

/** The state of an optimizer between steps. */
export type OptimizerState = {
  /** Number of updates. */
  readonly steps: number;
  /** One tensor per slot and parameter, such as `momentum/conv1/kernel`. */
  readonly slots: ReadonlyMap<string, tf.Tensor>;
};

/** The interface of an optimizer for the train step and the loop. `SGD` implements it; `tfjsOptimizer` adapts any tfjs optimizer. */
export type TrainOptimizer = {
  /**
   * One update of the parameters that have a gradient; the others are unchanged. Borrows the gradients.
   * @param gradients - By the parameters' stable names.
   */
  update(parameters: readonly NamedVariable[], gradients: ReadonlyMap<string, tf.Tensor>): void;
  /** The learning rate that a step at `progress` uses. */
  learningRateAt(progress: Progress): number;
  /** Sets the position in the training, which determines the learning rate of the next updates. */
  setProgress(progress: Progress): void;
  /** A copy of its state; the caller disposes the slots. */
  state(): OptimizerState;
  /**
   * Replaces its state by a copy of `state`.
   * @param parameters - The parameters that it will update, in order.
   */
  restore(state: OptimizerState, parameters?: readonly NamedVariable[]): void;
  /** Settings that a resumed run must have too, except the learning rate. */
  hyperparameters(): JsonObject;
};
