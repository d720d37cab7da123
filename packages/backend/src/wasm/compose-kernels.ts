import { BackendError } from '@st/core';
import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** Runs one kernel of the back end under composition on raw tensors, outside the engine: nothing is taped or tracked. */
export type RunKernel = (name: string, inputs: NamedTensorInfoMap, attrs?: NamedAttrMap) => TensorInfo;

/**
 * Composes kernels of one back end into a new one: whatever `work` computes on the way is freed, its result is not.
 * @param work - Returns a tensor that it got from `run`.
 * @throws {BackendError} if the back end lacks a kernel that `work` asks for.
 */
export function composeKernels(
  backend: KernelBackend,
  backendName: string,
  work: (run: RunKernel) => TensorInfo,
): TensorInfo {
  const made: TensorInfo[] = [];
  const run: RunKernel = (name, inputs, attrs = {}) => {
    const kernel = getKernel(name, backendName);
    if (kernel === undefined) {
      throw new BackendError(`[@st/backend] composeKernels: back end '${backendName}' has no kernel ${name}.`, {
        argument: 'name',
        received: name,
      });
    }
    const output = kernel.kernelFunc({ inputs, attrs, backend });
    const outputs = Array.isArray(output) ? output : [output];
    made.push(...outputs);
    return outputs[0] as TensorInfo; // every kernel composed here has exactly one output
  };
  let result: TensorInfo | undefined;
  try {
    result = work(run);
    return result;
  } finally {
    for (const info of made) if (info !== result) backend.disposeData(info.dataId);
  }
}

/** The same data under another shape; owns nothing. */
export function viewed(info: TensorInfo, shape: number[]): TensorInfo {
  return { dataId: info.dataId, shape, dtype: info.dtype };
}
