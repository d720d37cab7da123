import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel } from './compose-kernels.ts';

/**
 * `BatchMatMul` with a transposed matrix, as in both gradients of a dense layer. The kernel of wasm uses a naive loop for it. Here the matrix is
 * transposed first, and XNNPACK multiplies: about 10 x as fast.
 * @param original - The kernel of wasm; computes the product.
 */
export function fastMatMul(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const { a, b } = args.inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = args.attrs ?? {};
      const isOneMatrix = [a, b].every(({ shape }) => shape.slice(0, -2).every((length) => length === 1));
      if (!(transposeA || transposeB) || !isOneMatrix) return original.kernelFunc(args);
      return composeKernels(args.backend as BackendWasm, (run, own) => {
        const inputs = { a: transposeA ? transposed(run, a) : a, b: transposeB ? transposed(run, b) : b };
        const attrs = { transposeA: false, transposeB: false };
        return own(original.kernelFunc({ inputs, attrs, backend: args.backend }) as TensorInfo);
      });
    },
  };
}

function transposed(run: RunKernel, matrix: TensorInfo): TensorInfo {
  const last = matrix.shape.length - 1;
  const perm = matrix.shape.map((_, axis) => axis);
  return run('Transpose', { x: matrix }, { perm: [...perm.slice(0, -2), last, last - 1] });
}
