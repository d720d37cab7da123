import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { activated } from './activation.ts';
import { composeKernels } from './compose-kernels.ts';

/**
 * `_FusedMatMul` as separate product, addition and activation where the kernel of wasm is wrong: it adds the bias of a transposed product to the
 * wrong entries, and its activations do not propagate NaN.
 * @param original - The kernel of wasm; computes linear products that are not transposed.
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
