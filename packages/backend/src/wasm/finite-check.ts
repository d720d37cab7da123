import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

import { viewed } from './compose-kernels.ts';

/** Tells whether a float32 tensor holds neither NaN nor an infinity; may say no for values whose sums overflow. */
export type FiniteCheck = (backend: BackendWasm, x: TensorInfo) => boolean;

/** How many values one row of the average holds: rows of 4 kB are added to one another. */
const ROW = 1024;

/** Rows that one average takes: with many more, XNNPACK's table of rows costs more than the additions. */
const MOST_ROWS = 512;

/**
 * A check that costs 0.2 ns a value, for kernels that are wrong where NaN or an infinity is: XNNPACK's average pooling adds the values up, and what
 * comes of NaN (it makes -Infinity of it) or of an infinity is not finite. Few values are read one by one.
 * @param averagePool - wasm's own kernel.
 */
export function finiteCheck(averagePool: KernelConfig): FiniteCheck {
  return (backend, x) => {
    const rows = Math.floor(util.sizeFromShape(x.shape) / ROW);
    const batches = Math.ceil(rows / MOST_ROWS);
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
