import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** The shape with which XNNPACK packed the data of a right-hand matrix. */
const packed = new WeakMap<TensorInfo['dataId'], number[]>();

/**
 * A matrix product that copies the right-hand matrix if it was packed with another shape. wasm caches packed matrices by data id, which a reshaped
 * matrix shares. It would then multiply the matrix in its first shape and read out of bounds.
 * @param original - `BatchMatMul` or `_FusedMatMul` of wasm.
 */
export function packedAsGiven(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const b = args.inputs.b as TensorInfo;
      const shape = b.shape.slice(-2);
      const first = packed.get(b.dataId) ?? shape;
      packed.set(b.dataId, first);
      if (util.arraysEqual(first, shape)) return original.kernelFunc(args);
      const backend = args.backend as BackendWasm;
      const copy = { ...b, dataId: backend.write(backend.readSync(b.dataId), b.shape, b.dtype) };
      const y = original.kernelFunc({ ...args, inputs: { ...args.inputs, b: copy } });
      backend.disposeData(copy.dataId);
      return y;
    },
  };
}
