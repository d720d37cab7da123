import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly points: TensorInfo; readonly gradient: TensorInfo; readonly center: TensorInfo };
type Attrs = { readonly length: number; readonly epsilon: number; readonly low: number; readonly high: number };

/** clip(min(max(points + length sign(gradient), center - epsilon), center + epsilon), low, high) in one pass, with sign(0) = sign(NaN) = 0. */
const linfStep = kernel<Inputs, Attrs>('StLinfStep', ({ inputs: { points, gradient, center }, attrs, backend }) => {
  if (!util.arraysEqual(points.shape, gradient.shape) || !util.arraysEqual(points.shape, center.shape)) {
    throw new RangeError(
      `[@st/backend-native] StLinfStep: points, gradient and center must have one shape, got [${points.shape}], [${gradient.shape}], [${center.shape}].`,
    );
  }
  const moved = backend.output(points.shape);
  const { length, epsilon, low, high } = attrs;
  backend.addon.linfStep(
    moved.values.length,
    length,
    epsilon,
    low,
    high,
    backend.floats(points),
    backend.floats(gradient),
    backend.floats(center),
    moved.values,
  );
  return moved.info;
});

/** Steps of attacks. */
export const attackStepKernels: readonly NativeKernel[] = [linfStep];
