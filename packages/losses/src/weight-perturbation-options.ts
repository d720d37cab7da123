import { type Classifier, InvalidArgumentError } from '@st/core';
import {
  checkKinds,
  checkNumber,
  type JsonObject,
  type NamedVariable,
  type StepContext,
  type Where,
} from '@st/core/kit';

/** Options that adversarial and random weight perturbation share. */
export type WeightPerturbationBase = {
  /** Norm of each tensor's perturbation, relative to the norm of that tensor; >= 0. Published: 0.005 to 0.01. */
  readonly gamma: number;
  /** Number of first epochs without perturbation. Default 0; 10 in TRADES-AWP's published code. */
  readonly warmupEpochs?: number;
  /**
   * Which parameters are perturbed. Default: those of rank > 1 whose last name part contains 'kernel', 'weight' or 'embedding', as the
   * published code perturbs 'weight' tensors of rank > 1.
   */
  readonly perturbs?: (parameter: NamedVariable) => boolean;
};

/** The checked options. */
export type CheckedPerturbation = Required<WeightPerturbationBase>;

/** @throws {InvalidArgumentError} for a number out of range. */
export function checkPerturbation(where: Where, options: WeightPerturbationBase): CheckedPerturbation {
  const { warmupEpochs = 0, perturbs = isKernel } = options;
  checkKinds(where, { perturbs }, { perturbs: 'function' });
  return {
    gamma: checkNumber(where, 'gamma', options.gamma, {
      min: 0,
      hint: 'It is a share of the norm of each weight tensor, such as 0.005. The perturbation already ascends the loss.',
    }),
    warmupEpochs: checkNumber(where, 'warmupEpochs', warmupEpochs, { min: 0, integer: true }),
    perturbs,
  };
}

/** The published rule for tfjs names. Scales and slopes of rank > 1 ('gamma', 'alpha') are not perturbed. */
function isKernel({ name, variable }: NamedVariable): boolean {
  return variable.rank > 1 && /(kernel|weight|embedding)[^/]*$/i.test(name);
}

/**
 * Returns the parameters to perturb.
 * @throws {InvalidArgumentError} if there are none, as the perturbation would silently do nothing.
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
 * Whether the step is after the warm-up.
 * @throws {InvalidArgumentError} if there is a warm-up and the context has no progress.
 */
export function isWarm(where: Where, { warmupEpochs }: CheckedPerturbation, context: StepContext | undefined): boolean {
  if (warmupEpochs === 0) return true;
  if (context?.progress) return context.progress.epoch > warmupEpochs;
  throw new InvalidArgumentError(
    `${where}: warmupEpochs needs to know the epoch, got no progress. Pass progress: { epoch, step, stepsPerEpoch, epochs } to trainStep, or as wrapUpdate's last argument; fit passes it.`,
    { argument: 'warmupEpochs', received: warmupEpochs },
  );
}

/** The settings that a resumed run must share. */
export function perturbationSettings({ gamma, warmupEpochs }: CheckedPerturbation): JsonObject {
  return { gamma, warmupEpochs };
}
