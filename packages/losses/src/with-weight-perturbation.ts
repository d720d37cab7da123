import {
  type Classifier,
  type Examples,
  InvalidArgumentError,
  type LossTerms,
  type Objective,
  valueAndGradients,
} from '@st/core';
import { checkKnownOptions, checkNumber, checkObjective, untracked, type Where } from '@st/core/kit';
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

export type WeightPerturbationOptions = WeightPerturbationBase & {
  /** The term of the objective's loss that the perturbation ascends. Default `'total'`, as in the published code of AT, TRADES and RST. */
  readonly ascend?: string;
  /**
   * Takes the direction from a float32 step with this learning rate, (w + lr g) - w, as the published proxy does (0.01 in AT-AWP, the run's
   * own rate in TRADES-AWP). Its rounding loses small gradients. Default: the exact gradient.
   */
  readonly proxyLearningRate?: number;
};

const WHERE: Where = '[@st/losses] withWeightPerturbation';
const KNOWN = ['gamma', 'warmupEpochs', 'perturbs', 'ascend', 'proxyLearningRate'];

/**
 * Adversarial weight perturbation (AWP; RWP in the paper of squeeze training) around any objective. After the search, each weight tensor of
 * rank > 1 is displaced by gamma ||w|| d / ||d|| along the ascent direction d of the loss. Gradient and update (weight decay included) are
 * computed at the displaced weights; then the displacement is removed.
 *
 * Entries of d that are not finite count as 0. The ascent pass normalizes with batch statistics, as the published proxy in train mode does,
 * and does not update the running statistics. Penalties of weight regularizers contribute to the update, as weight decay does, but not to d.
 * Weights that the update does not change are restored bit for bit, and so are all weights if the step throws.
 * @throws {InvalidArgumentError} for an option that is out of range or misspelled; at the first step, if no parameter is a weight tensor or
 *   the loss has no term `ascend`.
 * @example
 * const training = withWeightPerturbation(squeezeTraining({ ...CIFAR10_TRAINING, beta: 6 }), { gamma: 0.005 });
 * @see Wu et al. 2020, AWP, arXiv 2004.05884, equations 7 to 9 and algorithm 1
 */
export function withWeightPerturbation(objective: Objective, options: WeightPerturbationOptions): Objective {
  checkObjective(WHERE, objective);
  checkKnownOptions(WHERE, options, KNOWN);
  const perturbation = checkPerturbation(WHERE, options);
  const { ascend = 'total', proxyLearningRate } = options;
  if (proxyLearningRate !== undefined) {
    checkNumber(WHERE, 'proxyLearningRate', proxyLearningRate, { min: 0, aboveMin: true });
  }
  const ascent = { objective, ascend, proxyLearningRate };
  const adversarial = { ...perturbationSettings(perturbation), ascend, proxyLearningRate: proxyLearningRate ?? null };
  return {
    ...objective,
    settings: { ...objective.settings, weightPerturbation: adversarial },
    wrapUpdate: (classifier, examples, update, context) => {
      const inner = (): ReturnType<typeof update> => objective.wrapUpdate(classifier, examples, update, context);
      if (!isWarm(WHERE, perturbation, context)) return inner();
      const displacements = adversarialDisplacements(classifier, examples, perturbation, ascent);
      try {
        return atDisplacedWeights(classifier, displacements, inner);
      } finally {
        tf.dispose([...displacements.values()]);
      }
    },
  };
}

type Ascent = {
  readonly objective: Pick<Objective, 'loss'>;
  readonly ascend: string;
  readonly proxyLearningRate: number | undefined;
};

function adversarialDisplacements(
  classifier: Classifier,
  examples: Examples,
  perturbation: CheckedPerturbation,
  { objective, ascend, proxyLearningRate }: Ascent,
): Map<string, tf.Tensor> {
  const parameters = perturbedParameters(WHERE, classifier, perturbation);
  // a weight penalty does not depend on the examples: like weight decay, it does not contribute to the direction
  const proxy: Classifier = { ...untracked(classifier), parameters, penalty: undefined };
  const loss = (c: Classifier, e: Examples): LossTerms => ({ total: termOf(objective.loss(c, e), ascend) });
  const displacements = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    const { gradients } = valueAndGradients({ loss }, proxy, examples);
    for (const { name, variable } of parameters) {
      const gradient = gradients.get(name);
      if (!gradient) continue; // the loss does not depend on it
      const direction =
        proxyLearningRate === undefined
          ? gradient
          : tf.sub(tf.add(variable, tf.mul(proxyLearningRate, gradient)), variable);
      displacements.set(name, tf.keep(scaleToNorm(perturbation.gamma, variable, direction)));
    }
  });
  return displacements;
}

function termOf(terms: LossTerms, name: string): tf.Scalar {
  const term = terms[name];
  if (term !== undefined) return term;
  throw new InvalidArgumentError(
    `${WHERE}: ascend must be a term of the objective's loss (${Object.keys(terms).join(', ')}), got '${name}'.`,
    { argument: 'ascend', received: name },
  );
}
