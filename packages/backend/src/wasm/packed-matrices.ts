import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** The shape under which XNNPACK packed the data of a right-hand matrix. */
const packed = new WeakMap<TensorInfo['dataId'], number[]>();

/**
 * A product of matrices that finds the right-hand one packed under another shape. wasm keeps what XNNPACK packed by the data alone, which a
 * reshaped matrix shares: it is then multiplied in its first shape, and memory behind it is read. Such a matrix is copied here.
 * @param original - wasm's own `BatchMatMul` or `_FusedMatMul`.
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
