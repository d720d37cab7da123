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
 * Random weight perturbation around any objective: the baseline that adversarial weight perturbation is compared with. The same as
 * `withWeightPerturbation`, along a Gaussian direction in place of the ascent direction, and without its extra pass.
 *
 * The direction comes from a stream of its own split from the step's, so that it does not move the search's draws.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; at the first step, if no parameter is a weight tensor or no
 *   stream is given.
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
    `${WHERE}: wrapUpdate needs the step's random stream, got none. Pass { rng } as its last argument; trainStep and fit do it.`,
    { argument: 'context', received: context },
  );
}
