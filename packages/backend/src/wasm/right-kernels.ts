import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, getKernelsForBackend, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { finiteCheck } from './finite-check.ts';
import { RIGHT_CALLS, RIGHT_WHERE_RESULT_IS_FINITE } from './right-calls.ts';
import { runOnCpu } from './run-on-cpu.ts';
import { takesInputs } from './takes-inputs.ts';

/**
 * The kernels of `wasm`, wrapped so that the kernel of `cpu` runs for calls that they compute wrong (dtypes, NaN, rounding, empty tensors). The
 * wrapper decides from dtypes, shapes and attributes, and by one cheap sum for kernels that do not propagate NaN.
 */
export function rightKernels(): KernelConfig[] {
  const holdsFinite = finiteCheck(getKernel('AvgPool', 'wasm'));
  return getKernelsForBackend('wasm').flatMap((kernel) => {
    const { kernelName } = kernel;
    const onCpu: KernelConfig | undefined = getKernel(kernelName, 'cpu');
    if (onCpu === undefined) return []; // `cpu` is not installed, or lacks the kernel
    const isRight = RIGHT_CALLS[kernelName];
    const checksResult = RIGHT_WHERE_RESULT_IS_FINITE.includes(kernelName);
    const kernelFunc: KernelConfig['kernelFunc'] = (args) => {
      const { inputs, attrs = {} } = args;
      const backend = args.backend as BackendWasm;
      const taken =
        takesInputs(kernelName, inputs) && (isRight?.({ inputs, attrs, backend, isFinite: holdsFinite }) ?? true);
      if (!taken) return runOnCpu(onCpu, inputs, attrs, backend);
      const result = kernel.kernelFunc(args);
      if (!checksResult || holdsFinite(backend, result as TensorInfo)) return result;
      backend.disposeData((result as TensorInfo).dataId);
      return runOnCpu(onCpu, inputs, attrs, backend);
    };
    return [{ ...kernel, kernelFunc }];
  });
}
