import { backend_util } from '@tensorflow/tfjs-core';
import { layoutOf } from './layout.ts';

/** The layout of two operands over the output of an element-wise operation. */
export type BroadcastLayout = {
  readonly shape: readonly number[];
  /** For the native module: the rank, then dims, strides of a, strides of b. */
  readonly native: Int32Array;
};

/** Merges adjacent axes along which both operands advance, or the same one is broadcast; drops axes of length 1. */
export function broadcastLayout(a: readonly number[], b: readonly number[]): BroadcastLayout {
  if (a.length === b.length && a.every((size, i) => size === b[i])) {
    return { shape: a, native: layoutOf(1, sizeOf(a), 1, 1) };
  }
  const shape = backend_util.assertAndGetBroadcastShape([...a], [...b]);
  const dims: number[] = [];
  const runsA: boolean[] = [];
  const runsB: boolean[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const alongA = a[axis - (shape.length - a.length)] === size;
    const alongB = b[axis - (shape.length - b.length)] === size;
    const last = dims.length - 1;
    if (last >= 0 && runsA[last] === alongA && runsB[last] === alongB) {
      dims[last] = (dims[last] ?? 1) * size;
    } else {
      dims.push(size);
      runsA.push(alongA);
      runsB.push(alongB);
    }
  });
  if (dims.length === 0) return { shape, native: layoutOf(1, 1, 1, 1) };
  return { shape, native: layoutOf(dims.length, ...dims, ...strides(dims, runsA), ...strides(dims, runsB)) };
}

/** Strides of an operand that is dense along the axes in which it advances. */
function strides(dims: readonly number[], runs: readonly boolean[]): number[] {
  const result = new Array<number>(dims.length).fill(0);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (!runs[axis]) continue;
    result[axis] = stride;
    stride *= dims[axis] ?? 1;
  }
  return result;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
