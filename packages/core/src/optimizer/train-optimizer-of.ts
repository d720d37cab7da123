import type * as tf from '@tensorflow/tfjs-core';

import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';
import { isTfjsOptimizer, tfjsOptimizer } from './tfjs-optimizer.ts';
import type { TrainOptimizer } from './train-optimizer.ts';

/** One adapter per tfjs optimizer, because it stores the positions of the parameters. */
const adapters = new WeakMap<tf.Optimizer, TrainOptimizer>();

/**
 * Returns a `TrainOptimizer` unchanged; adapts a tfjs optimizer with `tfjsOptimizer`, with the same adapter at every call.
 * @throws {InvalidArgumentError} for anything else; the message says what to write.
 */
export function trainOptimizerOf(where: Where, value: unknown): TrainOptimizer {
  if (isTrainOptimizer(value)) return value;
  if (isTfjsOptimizer(value)) {
    const adapter = adapters.get(value) ?? tfjsOptimizer(value);
    adapters.set(value, adapter);
    return adapter;
  }
  throw new InvalidArgumentError(
    `${where}: optimizer must be an optimizer, got ${describeValue(value)}. Make one: new SGD({ learningRate: 0.1, momentum: 0.9 }), or tf.train.adam(0.001).`,
    { argument: 'optimizer', received: value },
  );
}

const METHODS = ['update', 'learningRateAt', 'setProgress', 'state', 'restore', 'hyperparameters'] as const;

function isTrainOptimizer(value: unknown): value is TrainOptimizer {
  return isObject(value) && METHODS.every((method) => typeof value[method] === 'function');
}
