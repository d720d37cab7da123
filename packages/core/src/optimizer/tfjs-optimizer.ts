import * as tf from '@tensorflow/tfjs-core';

import type { JsonObject } from '../checkpoints/json.ts';
import type { NamedVariable } from '../classifier/classifier.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';
import type { Progress, Schedule } from '../schedules/schedule.ts';
import { optimizerName, readSlots, writeSlots } from './tfjs-slots.ts';
import type { OptimizerState, TrainOptimizer } from './train-optimizer.ts';

const WHERE = '[@st/core] tfjsOptimizer';

/** Settings of `tfjsOptimizer`. */
export type TfjsOptimizerOptions = {
  /** Sets the optimizer's rate before each step. Default: the rate it was built with. */
  readonly learningRate?: Schedule;
};

/**
 * Adapts a tfjs optimizer (`tf.train.adam`, `sgd`, `momentum`, `rmsprop`, `adagrad`, `adadelta`, `adamax`, or a custom class that extends `tf.Optimizer`) for
 * `trainStep` and `fit`. Both also take a tfjs optimizer directly if it needs no schedule. The caller disposes it.
 *
 * The state of tfjs's optimizers is saved in checkpoints and restored bit for bit, by the parameters' stable names, including the running products of
 * Adam's betas, which tfjs's `setWeights` rounds. A custom class exposes its state with two methods, as in `TrainOptimizer`: `state()`, which returns copies
 * of its tensors under names of its choice, and `restore(state, parameters)`. `applyGradients` gets the parameters in the same order at every step, also in
 * a resumed run. Without these methods, `fit` with a checkpoint refuses the optimizer at the start.
 * @throws {InvalidArgumentError} for a value that is not a tfjs optimizer.
 * @example
 * const optimizer = tfjsOptimizer(tf.train.adam(1e-3), { learningRate: cosine(1e-3) });
 */
export function tfjsOptimizer(optimizer: tf.Optimizer, options: TfjsOptimizerOptions = {}): TrainOptimizer {
  checkKnownOptions(WHERE, options, ['learningRate']);
  const { learningRate } = options;
  if (learningRate !== undefined && typeof learningRate !== 'function') {
    throw new InvalidArgumentError(
      `${WHERE}: learningRate must be a schedule, got ${describeValue(learningRate)}. For a constant rate build the optimizer with it: tf.train.adam(0.001).`,
      { argument: 'learningRate', received: learningRate },
    );
  }
  if (!isTfjsOptimizer(optimizer)) {
    throw new InvalidArgumentError(
      `${WHERE}: optimizer must be one of tfjs, got ${describeValue(optimizer)}. Make one: tf.train.adam(0.001).`,
      { argument: 'optimizer', received: optimizer },
    );
  }
  return adapted(optimizer, learningRate);
}

/** Whether a value has the methods of a `tf.Optimizer`. */
export function isTfjsOptimizer(value: unknown): value is tf.Optimizer {
  return isObject(value) && typeof value.applyGradients === 'function' && typeof value.minimize === 'function';
}

function adapted(optimizer: tf.Optimizer, schedule: Schedule | undefined): TrainOptimizer {
  // tfjs stores slots by position, so every parameter must keep its position, whether it has a gradient or not
  const places: NamedVariable[] = [];
  const place = (parameters: readonly NamedVariable[]): void => {
    for (const parameter of parameters) {
      const at = places.findIndex(({ name }) => name === parameter.name);
      if (at < 0) places.push(parameter);
      else places[at] = parameter;
    }
  };
  return {
    update: (parameters, gradients) => {
      place(parameters);
      const trained = new Set(parameters.map(({ name }) => name));
      const named = places.map(({ name, variable }) => {
        // tfjs skips a parameter whose tensor is undefined, although its type does not say so
        return { name: variable.name, tensor: (trained.has(name) ? gradients.get(name) : undefined) as tf.Tensor };
      });
      optimizer.applyGradients(named);
    },
    learningRateAt: (progress) => (schedule ? rateAt(schedule, progress) : ownRate(optimizer)),
    setProgress: (progress) => {
      if (schedule) setRate(optimizer, rateAt(schedule, progress));
    },
    state: (): OptimizerState => readSlots(optimizer, places),
    restore: (state, parameters = []) => {
      place(parameters);
      writeSlots(optimizer, places, state);
    },
    hyperparameters: () => {
      const { learningRate: _rate, ...settings } = configOf(optimizer);
      return { name: `tf.${optimizerName(optimizer)}`, ...settings };
    },
  };
}

function rateAt(schedule: Schedule, progress: Progress): number {
  return checkNumber(WHERE, 'the rate from the schedule', schedule(progress), { min: 0 });
}

/** The rate of the optimizer; NaN if a custom class does not expose it. */
function ownRate(optimizer: tf.Optimizer): number {
  const rate: unknown = Reflect.get(optimizer, 'learningRate');
  return typeof rate === 'number' ? rate : Number.NaN;
}

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const set: unknown = Reflect.get(optimizer, 'setLearningRate');
  // tfjs's SGD also stores its rate in a tensor
  if (typeof set === 'function') tf.tidy(() => void set.call(optimizer, rate));
  else Reflect.set(optimizer, 'learningRate', rate);
}

function configOf(optimizer: tf.Optimizer): JsonObject {
  const config: unknown = optimizer.getConfig();
  return isObject(config) ? (JSON.parse(JSON.stringify(config)) as JsonObject) : {};
}
