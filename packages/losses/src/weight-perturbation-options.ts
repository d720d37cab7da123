import { type Classifier, InvalidArgumentError } from '@st/core';
import {
  checkKinds,
  checkNumber,
  type JsonObject,
  type NamedVariable,
  type StepContext,
  type Where,
} from '@st/core/kit';

/** What adversarial and random weight perturbation have in common. */
export type WeightPerturbationBase = {
  /** Length of the perturbation of each tensor, relative to that tensor's own norm; >= 0. Published: 0.005 to 0.01. */
  readonly gamma: number;
  /** Epochs at the beginning that run without perturbation. Default 0; TRADES-AWP's published code has 10. */
  readonly warmupEpochs?: number;
  /**
   * Which parameters are perturbed. Default: those of rank > 1 whose own name contains 'kernel', 'weight' or 'embedding'; in the terms of
   * the published code, 'weight' tensors of rank > 1.
   */
  readonly perturbs?: (parameter: NamedVariable) => boolean;
};

/** The options, checked. */
export type CheckedPerturbation = Required<WeightPerturbationBase>;

/** @throws {InvalidArgumentError} for a number out of range. */
export function checkPerturbation(where: Where, options: WeightPerturbationBase): CheckedPerturbation {
  const { warmupEpochs = 0, perturbs = isKernel } = options;
  checkKinds(where, { perturbs }, { perturbs: 'function' });
  return {
    gamma: checkNumber(where, 'gamma', options.gamma, {
      min: 0,
      hint: 'It is a share of the norm of each weight tensor: 0.005, say. The ascent direction has its sign already.',
    }),
    warmupEpochs: checkNumber(where, 'warmupEpochs', warmupEpochs, { min: 0, integer: true }),
    perturbs,
  };
}

/** PyTorch's rule in our names; scales and slopes of several dimensions ('gamma', 'alpha') are no kernels. */
function isKernel({ name, variable }: NamedVariable): boolean {
  return variable.rank > 1 && /(kernel|weight|embedding)[^/]*$/i.test(name);
}

/**
 * The parameters to perturb.
 * @throws {InvalidArgumentError} if there are none: the perturbation would silently be no perturbation.
 */
export function perturbedParameters(
  where: Where,
  { parameters }: Classifier,
  { perturbs }: CheckedPerturbation,
): readonly NamedVariable[] {
  const chosen = parameters.filter((parameter) => perturbs(parameter));
  if (chosen.length > 0) return chosen;
  const names = parameters.map(({ name, variable }) => `${name} [${variable.shape}]`).slice(0, 4);
  throw new InvalidArgumentError(
    `${where}: the classifier must have a weight tensor of rank > 1 to perturb, got none among ${names.join(', ') || 'no parameters'}. Name kernels 'kernel' or 'weight', or choose with perturbs: ({ name, variable }) => ....`,
    { argument: 'perturbs', received: names },
  );
}

/**
 * Whether the step comes after the warm-up.
 * @throws {InvalidArgumentError} if there is a warm-up and nobody says where training is.
 */
export function isWarm(where: Where, { warmupEpochs }: CheckedPerturbation, context: StepContext | undefined): boolean {
  if (warmupEpochs === 0) return true;
  if (context?.progress) return context.progress.epoch > warmupEpochs;
  throw new InvalidArgumentError(
    `${where}: warmupEpochs needs to know the epoch, got no progress. Pass progress: { epoch, step, stepsPerEpoch, epochs } to trainStep, or as around's last argument; fit does it.`,
    { argument: 'warmupEpochs', received: warmupEpochs },
  );
}

/** What a resumed run must share. */
export function perturbationSettings({ gamma, warmupEpochs }: CheckedPerturbation): JsonObject {
  return { gamma, warmupEpochs };
}
