import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { compare } from './binary.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Attrs = {
  readonly dtype: DataType;
  readonly depth: number;
  readonly onValue: number;
  readonly offValue: number;
};

/** Integers up to this limit are exact in float32. */
const MOST_EXACT = 2 ** 24;

/** y[..., k] = 1 where an index is k, else 0, by comparison with 0 to depth - 1. Other values than 1 and 0 run on `cpu`. */
export const oneHotKernel: NativeKernel = kernel<{ readonly indices: TensorInfo }, Attrs>(
  'OneHot',
  ({ inputs: { indices }, attrs: { dtype, depth, onValue, offValue }, backend }, inherited) => {
    const isPlain = onValue === 1 && offValue === 0 && indices.dtype === 'int32' && depth <= MOST_EXACT;
    if (!isPlain || (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')) return inherited();
    const numbers = backend.run('Cast', { x: indices }, { dtype: 'float32' });
    const column = { ...numbers, shape: [...indices.shape, 1] };
    const classes = backend.auxiliary(Array.from({ length: depth }, (_, k) => k));
    const isThere = compare(backend, 'Equal', column, { shape: [depth], values: classes });
    const y = backend.run('Cast', { x: isThere }, { dtype });
    for (const part of [numbers, isThere]) backend.disposeIntermediateTensorInfo(part);
    return y;
  },
);
