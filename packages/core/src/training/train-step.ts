import * as tf from '@tensorflow/tfjs-core';

import { type Batch, checkBatch } from '../batch.ts';
import { checkObjective } from '../check-objective.ts';
import { checkRng } from '../check-rng.ts';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { untouchedIfItThrows } from '../classifier/restoring.ts';
import type { LossTerms } from '../contracts/loss.ts';
import type { Objective, StepContext } from '../contracts/objective.ts';
import { checkNumber, checkObject } from '../errors/check-options.ts';
import { clipByGlobalNorm } from '../optimizer/clip-by-global-norm.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import { trainOptimizerOf } from '../optimizer/train-optimizer-of.ts';
import { valueAndGradients } from './value-and-gradients.ts';

/** Settings of a training step; `rng` is the source of all random numbers of the objective, such as random starts. */
export type TrainStepOptions = StepContext & {
  readonly objective: Objective;
  /** `new SGD({ ... })` or any tfjs optimizer. With a schedule, call `optimizer.setProgress(...)` before the step. */
  readonly optimizer: TrainOptimizer | tf.Optimizer;
  /** Scales the gradients of the parameters down to at most this global norm, > 0. Default: no clipping. */
  readonly clipNorm?: number | undefined;
};

const WHERE = '[@st/core] trainStep';
const OPTIONS = ['objective', 'optimizer', 'clipNorm', 'rng', 'progress', 'carried'];

/**
 * One training step: searches for examples, computes the gradient of the objective's total with respect to the classifier's parameters, and updates them.
 * Gradient and update run inside `objective.wrapUpdate`. Synchronous; reads nothing back from the device.
 * @param batch - Borrowed.
 * @returns The loss terms before the update, scalars; the caller disposes them.
 * @throws {ShapeError | InvalidArgumentError} if the batch is malformed or empty, or the objective needs an option that is missing.
 */
export function trainStep(classifier: Classifier, batch: Batch, options: TrainStepOptions): LossTerms {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'options', options, OPTIONS);
  checkObjective(WHERE, options.objective);
  checkRng(WHERE, options.rng, 'pass it: trainStep(classifier, batch, { objective, optimizer, rng })');
  const { takesUnlabeled } = options.objective;
  checkBatch(WHERE, batch, { classes: classifier.classes, takesUnlabeled });
  const { objective, clipNorm, rng, progress, carried } = options;
  const optimizer = trainOptimizerOf(WHERE, options.optimizer);
  if (clipNorm !== undefined) checkNumber(WHERE, 'clipNorm', clipNorm, { min: 0, aboveMin: true });
  const context = { rng, progress, carried };
  const step = (): LossTerms => {
    const examples = objective.search(classifier, batch, rng, { progress, carried });
    const update = (): LossTerms => {
      const { terms, gradients } =
        objective.gradients?.(classifier, examples, context) ?? valueAndGradients(objective, classifier, examples);
      optimizer.update(
        classifier.parameters,
        clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm),
      );
      return terms;
    };
    return objective.wrapUpdate(classifier, examples, update, context);
  };
  return untouchedIfItThrows(classifier, () => tf.tidy(step));
}
