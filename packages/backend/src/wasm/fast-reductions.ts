import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel, viewed } from './compose-kernels.ts';

/** A block of adjacent axes to reduce, as sizes [before, reduced, after]. */
type Block = readonly [before: number, reduced: number, after: number];

/**
 * `Sum` or `Mean` over a block of adjacent axes that does not include the last axis, as in batch normalization and global pooling. The kernel of
 * wasm transposes, then sums rows. Here average pooling (XNNPACK) sums whole rows of channels without a transposition. Long rows along the last
 * axes are summed in double precision.
 * @param original - The kernel of wasm; used for all other axes and dtypes.
 */
export function fastReduction(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const x = args.inputs.x as TensorInfo;
      const axes = util.parseAxisParam((args.attrs?.axis as number | number[]) ?? x.shape.map((_, i) => i), x.shape);
      if (x.dtype !== 'float32') return original.kernelFunc(args);
      const block = blockOf(x.shape, axes);
      if (block === undefined && !areLongRows(x.shape, axes)) return original.kernelFunc(args);
      const [kept] = backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = args.attrs?.keepDims === true ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
      if (block === undefined) return rowSums(args.backend as BackendWasm, x, shape, original.kernelName === 'Mean');
      return composeKernels(args.backend as BackendWasm, (run, own) => {
        const mean = meanOf(run, x, block);
        if (original.kernelName === 'Mean') return run('Reshape', { x: mean }, { shape });
        const count = own(
          (args.backend as BackendWasm).makeOutput([], 'float32', undefined, new Float32Array([block[1]])),
        );
        return run('Multiply', { a: viewed(mean, shape), b: count });
      });
    },
  };
}

/** The smallest row length that is summed in double precision; the rounding error of the wasm kernel is small for shorter rows. */
const LONG = 1024;

/** Whether the axes to reduce are the last ones, so that the summed values are contiguous, and at least `LONG` values. */
function areLongRows(shape: number[], axes: number[]): boolean {
  const first = shape.length - axes.length;
  return axes.every((axis) => axis >= first) && util.sizeFromShape(shape.slice(first)) >= LONG;
}

/** Sums each row in double precision. As fast as the kernel of wasm, whose float32 sum of a million equal values has an error of 1e-3. */
function rowSums(backend: BackendWasm, x: TensorInfo, shape: number[], average: boolean): TensorInfo {
  const y = backend.makeOutput(shape, 'float32');
  const [from, to] = [backend.typedArrayFromHeap(x) as Float32Array, backend.typedArrayFromHeap(y)];
  const length = from.length / to.length;
  const divisor = average ? length : 1;
  for (let row = 0; row < to.length; row++) {
    to[row] = sumOf(from.subarray(row * length, (row + 1) * length)) / divisor;
  }
  return y;
}

/** The sum of the values, in four independent accumulators for instruction-level parallelism. */
function sumOf(values: Float32Array): number {
  // a loop to the length of its array has no bounds checks: 4 x as fast
  const fours = values.subarray(0, values.length - (values.length % 4));
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < fours.length; i += 4) {
    a += fours[i] as number;
    b += fours[i + 1] as number;
    c += fours[i + 2] as number;
    d += fours[i + 3] as number;
  }
  for (let i = fours.length; i < values.length; i++) a += values[i] as number;
  return a + b + (c + d);
}

function blockOf(shape: number[], axes: number[]): Block | undefined {
  const sorted = [...axes].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const end = first + sorted.length;
  const areNeighbors = sorted.every((axis, i) => axis === first + i);
  const before = util.sizeFromShape(shape.slice(0, first));
  const reduced = util.sizeFromShape(shape.slice(first, end));
  const after = util.sizeFromShape(shape.slice(end));
  return areNeighbors && reduced > 1 && after > 1 && before > 0 ? [before, reduced, after] : undefined;
}

/** Pools in two stages, each over about the square root of the count, so that rounding errors grow only with the square root. */
function meanOf(run: RunKernel, x: TensorInfo, [before, reduced, after]: Block): TensorInfo {
  const inner = divisorNearRoot(reduced);
  const rows = pool(run, viewed(x, [(before * reduced) / inner, inner, 1, after]));
  return pool(run, viewed(rows, [before, reduced / inner, 1, after]));
}

function pool(run: RunKernel, x: TensorInfo): TensorInfo {
  const filterSize: [number, number] = [x.shape[1] ?? 1, 1];
  if (filterSize[0] === 1) return run('Identity', { x });
  return run('AvgPool', { x }, { filterSize, strides: 1, pad: 'valid' });
}

/** The largest divisor of `count` that is at most its square root, or `count` itself if that is 1. */
function divisorNearRoot(count: number): number {
  for (let divisor = Math.floor(Math.sqrt(count)); divisor > 1; divisor--) if (count % divisor === 0) return divisor;
  return count;
}
