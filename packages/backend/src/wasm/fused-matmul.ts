import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel } from './compose-kernels.ts';

/** The kernel of each activation that a fused product may end with. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

/**
 * `_FusedMatMul` as a product, a sum and an activation where wasm's own kernel is wrong: it adds a transposed product's bias in the wrong places,
 * and its activations drop NaN.
 * @param original - wasm's own kernel; does plain products with a bias.
 */
export function fusedMatMul(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const { inputs, attrs = {} } = args;
      const activation = (attrs.activation ?? 'linear') as string;
      if (activation === 'linear' && !attrs.transposeA && !attrs.transposeB) return original.kernelFunc(args);
      return composeKernels(args.backend as BackendWasm, (run) => {
        const { a, b, bias, preluActivationWeights: alpha } = inputs as Record<string, TensorInfo>;
        const { transposeA, transposeB } = attrs;
        const product = run(
          'BatchMatMul',
          { a, b } as Record<string, TensorInfo>,
          { transposeA, transposeB } as NamedAttrMap,
        );
        const sum = bias ? run('Add', { a: product, b: bias }) : product;
        return activated(run, sum, activation, alpha, attrs.leakyreluAlpha as number | undefined);
      });
    },
  };
}

function activated(
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
