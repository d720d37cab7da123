import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly parameter: TensorInfo; readonly velocity: TensorInfo; readonly gradient: TensorInfo };
type Attrs = {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
};

/**
 * One step of SGD as in PyTorch, in one pass: [new parameter, new velocity].
 * g = gradient + weightDecay p; v' = momentum v + g; p' = p - learningRate (nesterov ? g + momentum v' : v').
 */
const sgd = kernel<Inputs, Attrs>('StSgd', ({ inputs: { parameter, velocity, gradient }, attrs, backend }) => {
  const alike = util.arraysEqual(parameter.shape, velocity.shape) && util.arraysEqual(parameter.shape, gradient.shape);
  if (!alike) {
    throw new RangeError(
      `[@st/backend-native] StSgd: parameter, velocity and gradient must have one shape, got [${parameter.shape}], [${velocity.shape}], [${gradient.shape}].`,
    );
  }
  const newParameter = backend.output(parameter.shape);
  const newVelocity = backend.output(parameter.shape);
  backend.addon.sgdUpdate(
    newParameter.values.length,
    attrs.learningRate,
    attrs.momentum,
    attrs.weightDecay,
    attrs.nesterov ? 1 : 0,
    backend.floats(parameter),
    backend.floats(velocity),
    backend.floats(gradient),
    newParameter.values,
    newVelocity.values,
  );
  return [newParameter.info, newVelocity.info];
});

/** Optimizer steps. */
export const optimizerKernels: readonly NativeKernel[] = [sgd];
