import type * as tf from '@tensorflow/tfjs-core';
import type { JsonObject } from '../checkpoints/json.ts';
import type { NamedVariable } from '../classifier/classifier.ts';
import type { Progress } from '../schedules/schedule.ts';

/** The state of an optimizer between steps. */
export type OptimizerState = {
  /** Updates made. */
  readonly steps: number;
  /** One tensor a slot and parameter, e.g. `momentum/conv1/kernel`. */
  readonly slots: ReadonlyMap<string, tf.Tensor>;
};

/** The optimizer as the train step and the loop use it: `SGD` is one, and `tfjsOptimizer` wraps any of tfjs. */
export type TrainOptimizer = {
  /**
   * One update of the parameters that have a gradient; the others are left untouched. Borrows the gradients.
   * @param gradients - By the parameters' stable names.
   */
  update(parameters: readonly NamedVariable[], gradients: ReadonlyMap<string, tf.Tensor>): void;
  /** The learning rate that a step at `progress` uses. */
  learningRateAt(progress: Progress): number;
  /** Sets the position in the training; the next updates use its learning rate. */
  setProgress(progress: Progress): void;
  /** A copy of its memory; the caller disposes the slots. */
  state(): OptimizerState;
  /**
   * Takes a copy of `state` in place of its memory.
   * @param parameters - Those that it will update, in their order.
   */
  restore(state: OptimizerState, parameters?: readonly NamedVariable[]): void;
  /** Settings that a resumed run must share, the learning rate aside. */
  hyperparameters(): JsonObject;
};
