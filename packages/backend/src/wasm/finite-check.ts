import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

import { viewed } from './compose-kernels.ts';

/** Whether a float32 tensor holds neither NaN nor infinity. May return false for finite values whose sum overflows. */
export type FiniteCheck = (backend: BackendWasm, x: TensorInfo) => boolean;

/** Values per row of the average pooling: rows of 4 kB are added to one another. */
const ROW = 1024;

/** The most rows per average: with many more, XNNPACK's indirection table costs more than the additions. */
const MAX_ROWS = 512;

/**
 * A check for kernels that are wrong for NaN or infinity; costs 0.2 ns per value. XNNPACK's average pooling sums the values, and the sum is not
 * finite if one of them is not (it turns NaN into -Infinity). Values that do not fill whole rows are read one by one.
 * @param averagePool - The kernel of wasm.
 */
export function finiteCheck(averagePool: KernelConfig): FiniteCheck {
  return (backend, x) => {
    const rows = Math.floor(util.sizeFromShape(x.shape) / ROW);
    const batches = Math.ceil(rows / MAX_ROWS);
    const height = batches === 0 ? 0 : Math.floor(rows / batches);
    const read = batches * height * ROW;
    if (!areFinite(backend.typedArrayFromHeap(x), read)) return false;
    if (read === 0) return true;
    const attrs = { filterSize: [height, 1], strides: 1, pad: 'valid' };
    const image = viewed(x, [batches, height, 1, ROW]);
    const means = averagePool.kernelFunc({ inputs: { x: image }, attrs, backend }) as TensorInfo;
    const result = areFinite(backend.typedArrayFromHeap(means), 0);
    backend.disposeData(means.dataId);
    return result;
  };
}

function areFinite(values: ArrayLike<number>, from: number): boolean {
  let sum = 0;
  for (let i = from; i < values.length; i++) sum += (values[i] ?? 0) * 0;
  return sum === 0;
}
