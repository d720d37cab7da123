import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel } from './compose-kernels.ts';

/** The kernel of each activation that a fused kernel may end with. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/** The activation of a fused kernel, by a kernel of its own; x itself where it is linear. */
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

/** Activations that XNNPACK applies by clamping, or by products with values of the other sign. */
const DROPS_NAN: readonly unknown[] = ['relu', 'relu6', 'elu', 'leakyrelu', 'prelu'];

/**
 * A fused convolution whose activation runs by itself where XNNPACK's makes a number of NaN, be it in the input or come of an overflow inside.
 * @param original - wasm's own kernel; does the convolution with its bias.
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
