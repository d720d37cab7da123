import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { activated } from './activation.ts';
import { composeKernels } from './compose-kernels.ts';

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
