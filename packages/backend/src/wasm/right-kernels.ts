import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, getKernelsForBackend, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { finiteCheck } from './finite-check.ts';
import { RIGHT_CALLS, RIGHT_WHERE_RESULT_IS_FINITE } from './right-calls.ts';
import { runOnCpu } from './run-on-cpu.ts';
import { takesInputs } from './takes-inputs.ts';

/**
 * The kernels of `wasm`, each with `cpu`'s in its place for the calls that it computes wrong (dtypes, NaN, roundings, nothing at all). Which those
 * are is decided from dtypes, shapes and attributes, and by one cheap sum for kernels that drop NaN.
 */
export function rightKernels(): KernelConfig[] {
  const holdsFinite = finiteCheck(getKernel('AvgPool', 'wasm'));
  return getKernelsForBackend('wasm').flatMap((kernel) => {
    const { kernelName } = kernel;
    const onCpu: KernelConfig | undefined = getKernel(kernelName, 'cpu');
    if (onCpu === undefined) return []; // `cpu` is not installed, or lacks it
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
