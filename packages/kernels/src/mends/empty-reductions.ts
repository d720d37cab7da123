import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

const LEAST = { float32: Number.NEGATIVE_INFINITY, int32: -(2 ** 31), bool: 0 };
const MOST = { float32: Number.POSITIVE_INFINITY, int32: 2 ** 31 - 1, bool: 1 };

type Numeric = keyof typeof LEAST;

/** Value and dtype of each reduction over no values, as in TensorFlow and NumPy. */
const EMPTY_RESULTS: Readonly<Record<string, (dtype: Numeric) => readonly [value: number, dtype: Numeric]>> = {
  Sum: (dtype) => [0, dtype === 'bool' ? 'int32' : dtype],
  Prod: (dtype) => [1, dtype === 'bool' ? 'int32' : dtype],
  Mean: () => [Number.NaN, 'float32'],
  Max: (dtype) => [LEAST[dtype], dtype],
  Min: (dtype) => [MOST[dtype], dtype],
  All: () => [1, 'bool'],
  Any: () => [0, 'bool'],
};

/** A reduction over axes of length 0. The kernels of `cpu` give zeros, NaN or false, those of `wasm` uninitialized memory. */
export function emptyReduction(name: string): Mend {
  return ({ inputs, attrs }, { run }) => {
    const x = inputs.x as TensorInfo;
    if (!x.shape.includes(0)) return undefined;
    const axes = util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number | number[], x.shape);
    const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const [value, dtype] = EMPTY_RESULTS[name]?.(x.dtype as Numeric) ?? [0, 'float32'];
    return run(
      'Fill',
      {},
      { shape: attrs.keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, value, dtype },
    );
  };
}
