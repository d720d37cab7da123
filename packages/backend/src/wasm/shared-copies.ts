import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * `Identity`, or `Cast` to the dtype that the tensor has, without the copy that wasm makes: data are never written to once a kernel has
 * made them, so that the same data are counted once more. The tape clones every tensor that it keeps.
 * @param original - wasm's own kernel; used for real casts and for strings.
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
 * `Cast` to booleans: 1 for every value but 0, NaN too. wasm's own stores the lowest byte of the whole number.
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
