import { MissingGradientError } from '../errors/errors.ts';

/** The hint that ends all messages. */
const HINT =
  'square and transferAttack of @st/attacks need no gradient. If you know the derivative, supply it: wrap the operation in tf.customGrad';

/** The error for an operation that is not differentiable. */
export function missingGradient(kernelName: string, details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the operation ${kernelName} is not differentiable: tfjs has no gradient for it, and it lies on the path from the input to the result. ${HINT}, or call tf.registerGradient({ kernelName: '${kernelName}', ... }). To choose between two tensors, use tf.where(condition, a, b), which has a gradient.`,
    { ...details, kernelName },
  );
}

/** The error for a result whose every path from its input passes through an operation's input that has no gradient. */
export function blockedBy(kernelName: string, details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the result is not differentiable with respect to its input: every path from the input to the result passes through an input of ${kernelName} that has no gradient (indices or a condition). ${HINT}.`,
    { ...details, kernelName },
  );
}

/** The error for a result that has no recorded path from the tensor that it is differentiated with respect to. */
function noPath(details: { readonly cause?: unknown } = {}): MissingGradientError {
  return new MissingGradientError(
    `[@st/core] gradients: the result is not differentiable with respect to its input: no recorded operations connect them. Call only tfjs operations on the given tensor, inside the differentiated function: dataSync(), array(), tf.tensor(values) and a model's predict() break the connection. ${HINT}.`,
    details,
  );
}

/**
 * Converts tfjs's errors about missing gradients, recognized by their message, to `MissingGradientError`; undefined for any other error.
 * @param blocked - Names the operation whose input without a gradient every path passes through, if there is one.
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
