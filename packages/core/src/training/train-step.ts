import * as tf from '@tensorflow/tfjs-core';

import { type Batch, checkBatch } from '../batch.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { LossTerms, Objective } from '../objective.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import type { Rng } from '../rng.ts';
import { valueAndGradients } from './value-and-gradients.ts';

/** What a training step works with. */
export type TrainStepOptions = {
  readonly objective: Objective;
  /** With a schedule, tell it where training is before: `optimizer.setProgress(...)`. */
  readonly optimizer: TrainOptimizer;
  /** Drives the search's random starts. */
  readonly rng: Rng;
};

/**
 * One training step: search for examples, gradient of the objective's total with respect to the classifier's parameters, update; gradient
 * and update inside `objective.around`. Synchronous: nothing is read back from the device.
 * @param batch - Borrowed.
 * @returns The loss terms before the update, scalars; the caller disposes them.
 * @throws {ShapeError | InvalidArgumentError} if the batch is malformed or empty.
 */
export function trainStep(classifier: Classifier, batch: Batch, options: TrainStepOptions): LossTerms {
  checkBatch('[@st/core] trainStep', batch);
  const { objective, optimizer, rng } = options;
  return tf.tidy(() => {
    const examples = objective.search(classifier, batch, rng);
    return objective.around(classifier, examples, () => {
      const { terms, gradients } = valueAndGradients(objective, classifier, examples);
      optimizer.update(classifier.parameters, gradients);
      return terms;
    });
  });
}
