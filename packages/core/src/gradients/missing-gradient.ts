import { MissingGradientError } from '../errors/errors.ts';

/** What helps where a gradient cannot be had. */
const WAYS_OUT =
  'Attacks without gradients need none: square, transferAttack of @st/attacks. Where the derivative of the whole is known, give it: tf.customGrad around the operation';

/** The error for an operation that is not differentiable. */
export function missingGradient(kernelName: string, details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the operation ${kernelName} is not differentiable: tfjs has no gradient for it, and it lies between the result and what the result is differentiated by. ${WAYS_OUT}, or tf.registerGradient({ kernelName: '${kernelName}', ... }). A choice between two tensors has a gradient as tf.where(condition, a, b).`,
    { ...details, kernelName },
  );
}

/** The error for a result that depends on its input through an input alone by which an operation has no gradient. */
export function blockedBy(kernelName: string, details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the result is not differentiable by its input: all ways from the one to the other lead through an input of ${kernelName} that has no gradient (indices, a condition). ${WAYS_OUT}.`,
    { ...details, kernelName },
  );
}

/** The error for a result that does not depend on what it is differentiated by, as far as the tape knows. */
function noPath(details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the result is not differentiable by its input: no recorded operation leads from the one to the other. All must be tfjs operations on the tensor given, called inside the function that is differentiated: dataSync(), array(), tf.tensor(values) and a model's predict() cut it off. ${WAYS_OUT}.`,
    details,
  );
}

/**
 * What tfjs says in words of a gradient that is not there, as an error of ours; undefined for any other error.
 * @param blocked - Names the operation through whose input without gradient alone there is a way.
 */
export function asMissingGradient(error: unknown, blocked: () => string | undefined): MissingGradientError | undefined {
  if (!(error instanceof Error) || error instanceof MissingGradientError) return undefined;
  const kernelName = /gradient function not found for ([^\s]+)\.$/.exec(error.message)?.[1];
  if (kernelName !== undefined) return missingGradient(kernelName, { cause: error });
  const isCut =
    error.message.startsWith('Cannot compute gradient of y=f(x) with respect to x.') ||
    error.message.startsWith('Cannot find a connection between any variable and the result of the loss function');
  if (!isCut) return undefined;
  const blockedName = blocked();
  return blockedName === undefined ? noPath({ cause: error }) : blockedBy(blockedName, { cause: error });
}
