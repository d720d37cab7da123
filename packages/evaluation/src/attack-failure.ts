import { MissingGradientError, StError } from '@st/core';
import type { JsonObject } from '@st/core/kit';

/** Why an attack could not be run on some examples. */
export type AttackFailure = {
  /** As of an `StError`: `ST_MISSING_GRADIENT`, ... */
  readonly code: string;
  readonly message: string;
};

/** The code of a model that cannot be differentiated. */
export const MISSING_GRADIENT = 'ST_MISSING_GRADIENT';

/** Errors of the machine or the run, which no other attack would be spared. */
const OF_THE_RUN: readonly string[] = ['ST_BACKEND', 'ST_CHECKPOINT'];

/** What to do about it. */
const WAY_OUT =
  'Attack it without gradients (square), with the examples of another model (transferAttack), or through a surrogate: give the operation the gradient of a smooth one (tf.customGrad, the identity for a threshold or quantiser; BPDA).';

/**
 * What an attack's own error says about it; null for one that must stop the evaluation: of the disk, the device, or a defect in code.
 */
export function attackFailureOf(error: unknown): AttackFailure | null {
  const missing = missingGradient(error);
  if (missing !== null) return { code: MISSING_GRADIENT, message: withWayOut(missing) };
  if (!(error instanceof StError) || OF_THE_RUN.includes(error.code)) return null;
  return { code: error.code, message: error.message };
}

/** What an error says that tells of a model without gradient; null for any other. */
export function missingGradient(error: unknown): string | null {
  return error instanceof MissingGradientError ? error.message : null;
}

/** The message, with what to do about it where it does not say so itself. */
function withWayOut(message: string): string {
  return /square/.test(message) && /customGrad/.test(message) ? message : `${message} ${WAY_OUT}`;
}

/** Reads a failure back from JSON; null if there is none. */
export function failureIn({ failure }: JsonObject): AttackFailure | null {
  const { code, message } = (failure ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : null;
}
