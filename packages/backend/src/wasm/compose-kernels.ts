import { BackendError } from '@st/core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';

/** Runs one kernel of back end `wasm` on raw tensors, outside the engine: not on the gradient tape, not tracked by `tidy`. */
export type RunKernel = (name: string, inputs: NamedTensorInfoMap, attrs?: NamedAttrMap) => TensorInfo;

/** Registers a tensor that did not come from `run`, so that it is freed with the others. */
export type Own = (info: TensorInfo) => TensorInfo;

/**
 * Composes kernels of back end `wasm` into a new one. Frees all intermediate tensors of `work`, but not its result.
 * @param work - Returns a tensor that it got from `run` or `own`.
 * @throws {BackendError} if the back end lacks a kernel that `work` runs.
 */
export function composeKernels(backend: BackendWasm, work: (run: RunKernel, own: Own) => TensorInfo): TensorInfo {
  const made: TensorInfo[] = [];
  const own: Own = (info) => {
    made.push(info);
    return info;
  };
  const run: RunKernel = (name, inputs, attrs = {}) => own(runKernel(backend, name, inputs, attrs));
  let result: TensorInfo | undefined;
  try {
    result = work(run, own);
    return result;
  } finally {
    for (const info of made) if (info !== result) backend.disposeData(info.dataId);
  }
}

function runKernel(backend: BackendWasm, name: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): TensorInfo {
  const kernel = getKernel(name, 'wasm');
  if (kernel === undefined) {
    throw new BackendError(
      `[@st/backend] composeKernels: back end 'wasm' has no kernel ${name}. Import all of @tensorflow/tfjs-backend-wasm, not a custom build.`,
      { argument: 'name', received: name },
    );
  }
  return kernel.kernelFunc({ inputs, attrs, backend }) as TensorInfo; // every kernel composed here has exactly one output
}

/** The same data with another shape; does not own them. */
export function viewed(info: TensorInfo, shape: number[]): TensorInfo {
  return { dataId: info.dataId, shape, dtype: info.dtype };
}
