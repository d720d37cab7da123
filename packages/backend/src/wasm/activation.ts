import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel } from './compose-kernels.ts';

/** The kernel of each activation of fused kernels. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/** Applies the activation of a fused kernel as a separate kernel; returns `x` itself for a linear one. */
export function activated(
  run: RunKernel,
  x: TensorInfo,
  name: string,
  alpha: TensorInfo | undefined,
  slope: number | undefined,
): TensorInfo {
  const kernel = ACTIVATIONS[name];
  if (kernel === undefined) return x;
  return run(kernel, alpha ? { x, alpha } : { x }, slope === undefined ? {} : { alpha: slope });
}

/** Activations that XNNPACK computes by clamping or by multiplying negative values, which does not propagate NaN. */
const DROPS_NAN: readonly unknown[] = ['relu', 'relu6', 'elu', 'leakyrelu', 'prelu'];

/**
 * A fused convolution that runs the activation as a separate kernel if XNNPACK's turns NaN into a number. NaN may be in the input or result from an
 * overflow inside the convolution.
 * @param original - The kernel of wasm; computes the convolution with bias.
 */
export function activationApart(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const { inputs, attrs = {}, backend } = args;
      const { activation, leakyreluAlpha, ...plain } = attrs;
      if (!DROPS_NAN.includes(activation)) return original.kernelFunc(args);
      const { preluActivationWeights: alpha, ...images } = inputs;
      return composeKernels(backend as BackendWasm, (run, own) => {
        const y = original.kernelFunc({ inputs: images, attrs: { ...plain, activation: 'linear' }, backend });
        return activated(run, own(y as TensorInfo), activation as string, alpha, leakyreluAlpha as number | undefined);
      });
    },
  };
}
