import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';

/** The activations of tfjs's fused ops. */
export type FusedActivation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';

export type Activation = {
  readonly activation: FusedActivation | undefined;
  readonly leakyreluAlpha: number | undefined;
  /** The slopes of 'prelu', in a shape that broadcasts. */
  readonly slopes: TensorInfo | undefined;
};

/** True if the native kernels fuse it into their output store. */
export function isFusable(activation: FusedActivation | undefined): boolean {
  return activation === undefined || activation === null || activation === 'linear' || activation === 'relu';
}

/** y = act(x). Takes ownership of `x`. */
export function activated(
  backend: NativeBackend,
  x: TensorInfo,
  { activation, leakyreluAlpha, slopes }: Activation,
): TensorInfo {
  const y = apply(backend, x, activation, leakyreluAlpha, slopes);
  if (y !== x) backend.disposeIntermediateTensorInfo(x);
  return y;
}

function apply(
  backend: NativeBackend,
  x: TensorInfo,
  activation: FusedActivation | undefined,
  leakyreluAlpha: number | undefined,
  slopes: TensorInfo | undefined,
): TensorInfo {
  switch (activation) {
    case undefined:
    case 'linear':
      return x;
    case 'relu':
      return backend.run('Relu', { x });
    case 'relu6':
      return backend.run('Relu6', { x });
    case 'elu':
      return backend.run('Elu', { x });
    case 'sigmoid':
      return backend.run('Sigmoid', { x });
    case 'leakyrelu':
      return backend.run('LeakyRelu', { x }, { alpha: leakyreluAlpha ?? 0.2 });
    case 'prelu':
      return backend.run('Prelu', { x, alpha: slopes });
    default:
      throw new Error(`Activation ${String(activation)} has not been implemented for the native backend.`);
  }
}
