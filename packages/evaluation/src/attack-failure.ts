import { MissingGradientError, StError } from '@st/core';
import type { JsonObject } from '@st/core/kit';

/** Why an attack could not be run on some examples. */
export type AttackFailure = {
  /** The `code` of the `StError`: `ST_MISSING_GRADIENT`, ... */
  readonly code: string;
  readonly message: string;
};

/** The code for a model that is not differentiable. */
export const MISSING_GRADIENT = 'ST_MISSING_GRADIENT';

/** Errors of the machine or of the run, which every other attack would meet too. They end the evaluation. */
const FATAL_CODES: readonly string[] = ['ST_BACKEND', 'ST_CHECKPOINT'];

/** What the user can do about a missing gradient. */
const MISSING_GRADIENT_HINT =
  'Attack the model without gradients (square), with adversarial examples of another model (transferAttack), or with a surrogate gradient (BPDA): give the operation the gradient of a smooth one with tf.customGrad, for example the identity for a threshold or a quantizer.';

/**
 * The failure that an error thrown by an attack stands for; null for an error that must end the evaluation: of the disk, of the device, or a
 * bug.
 */
export function attackFailureOf(error: unknown): AttackFailure | null {
  const missing = missingGradient(error);
  if (missing !== null) return { code: MISSING_GRADIENT, message: withHint(missing) };
  if (!(error instanceof StError) || FATAL_CODES.includes(error.code)) return null;
  return { code: error.code, message: error.message };
}

/** The message of a `MissingGradientError`; null for any other error. */
export function missingGradient(error: unknown): string | null {
  return error instanceof MissingGradientError ? error.message : null;
}

/** Appends the hint, unless the message already names `square` and `customGrad`. */
function withHint(message: string): string {
  return /square/.test(message) && /customGrad/.test(message) ? message : `${message} ${MISSING_GRADIENT_HINT}`;
}

/** Reads a failure back from the values of a step; null if there is none. */
export function failureIn({ failure }: JsonObject): AttackFailure | null {
  const { code, message } = (failure ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : null;
}
