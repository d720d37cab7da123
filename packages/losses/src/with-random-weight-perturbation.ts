import { type Classifier, InvalidArgumentError, type Objective, type Rng } from '@st/core';
import { checkKnownOptions, checkObjective, type StepContext, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { atDisplacedWeights } from './at-displaced-weights.ts';
import { scaleToNorm } from './scale-to-norm.ts';
import {
  type CheckedPerturbation,
  checkPerturbation,
  isWarm,
  perturbationSettings,
  perturbedParameters,
  type WeightPerturbationBase,
} from './weight-perturbation-options.ts';

const WHERE: Where = '[@st/losses] withRandomWeightPerturbation';

/**
 * Random weight perturbation around any objective, the baseline for adversarial weight perturbation. As `withWeightPerturbation`, but along
 * a Gaussian direction in place of the ascent direction, and without the ascent pass.
 *
 * The direction has its own random stream, split from the step's, so that the draws of the search do not change.
 * @throws {InvalidArgumentError} for an option that is out of range or misspelled; at the first step, if no parameter is a weight tensor or
 *   no stream is given.
 * @example
 * const baseline = withRandomWeightPerturbation(tradesTraining({ ...CIFAR10_TRAINING, beta: 6 }), { gamma: 0.005 });
 * @see Wu et al. 2020, AWP, arXiv 2004.05884, section 4.3 (RWP there)
 */
export function withRandomWeightPerturbation(objective: Objective, options: WeightPerturbationBase): Objective {
  checkObjective(WHERE, objective);
  checkKnownOptions(WHERE, options, ['gamma', 'warmupEpochs', 'perturbs']);
  const perturbation = checkPerturbation(WHERE, options);
  return {
    ...objective,
    settings: { ...objective.settings, randomWeightPerturbation: perturbationSettings(perturbation) },
    wrapUpdate: (classifier, examples, update, context) => {
      const inner = (): ReturnType<typeof update> => objective.wrapUpdate(classifier, examples, update, context);
      if (!isWarm(WHERE, perturbation, context)) return inner();
      const displacements = randomDisplacements(classifier, perturbation, streamOf(context));
      try {
        return atDisplacedWeights(classifier, displacements, inner);
      } finally {
        tf.dispose([...displacements.values()]);
      }
    },
  };
}

function randomDisplacements(
  classifier: Classifier,
  perturbation: CheckedPerturbation,
  rng: Rng,
): Map<string, tf.Tensor> {
  const displacements = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    for (const { name, variable } of perturbedParameters(WHERE, classifier, perturbation)) {
      const direction = rng.split(name).normal(variable.shape);
      displacements.set(name, tf.keep(scaleToNorm(perturbation.gamma, variable, direction)));
    }
  });
  return displacements;
}

function streamOf(context: StepContext | undefined): Rng {
  if (context) return context.rng.split('weight perturbation');
  throw new InvalidArgumentError(
    `${WHERE}: wrapUpdate needs the step's random stream, got none. Pass { rng } as its last argument; trainStep and fit pass it.`,
    { argument: 'context', received: context },
  );
}
