import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * `Identity`, or `Cast` to the same dtype, without the copy that wasm makes. Kernels never write to existing data, so incrementing the reference
 * count is enough. The gradient tape clones every tensor that it keeps.
 * @param original - The kernel of wasm; used for casts to another dtype and for strings.
 */
export function sharedCopy(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const { dataId, shape, dtype } = args.inputs.x as TensorInfo;
      const isSame = original.kernelName === 'Identity' || args.attrs?.dtype === dtype;
      if (!isSame || dtype === 'string') return original.kernelFunc(args);
      (args.backend as BackendWasm).incRef(dataId);
      return { dataId, shape, dtype };
    },
  };
}

/**
 * `Cast` to bool: 1 for every value except 0, also for NaN. The kernel of wasm stores the lowest byte of the integer.
 * @param original - The kernel for all other dtypes.
 */
export function castToBool(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const x = args.inputs.x as TensorInfo;
      if (args.attrs?.dtype !== 'bool' || x.dtype === 'bool') return original.kernelFunc(args);
      const backend = args.backend as BackendWasm;
      const y = backend.makeOutput(x.shape, 'bool');
      const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(y)];
      for (let i = 0; i < from.length; i++) to[i] = from[i] === 0 ? 0 : 1;
      return y;
    },
  };
}
