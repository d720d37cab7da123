import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

type Pool = backend_util.Conv2DInfo;

/** Rows or columns [from, to) of the input that a window covers. */
type Span = readonly [from: number, to: number];

/**
 * Gradient of max pooling: the gradient of each window goes to the first of its largest values.
 *
 * Replaces the kernel of wasm (tfjs 4.22), which starts its search at the smallest POSITIVE float, so that the gradient of a window without
 * positive values goes to its first pixel. Plain loops over the memory of wasm, channels innermost.
 * @returns The gradient with respect to `input` [N, H, W, C].
 */
function maxPoolGrad(backend: BackendWasm, dy: TensorInfo, input: TensorInfo, attrs: NamedAttrMap): TensorInfo {
  const pool = poolInfo(input, attrs);
  const gradient = backend.makeOutput(input.shape, 'float32');
  const to = backend.typedArrayFromHeap(gradient).fill(0);
  const values = backend.typedArrayFromHeap(input);
  const from = backend.typedArrayFromHeap(dy);
  const channels = pool.inChannels;
  const largest = new Float32Array(channels);
  const place = new Int32Array(channels);
  let window = 0;
  for (let image = 0; image < pool.batchSize; image++) {
    for (let row = 0; row < pool.outHeight; row++) {
      const rows = span(row, pool.strideHeight, pool.filterHeight, pool.padInfo.top, pool.inHeight);
      for (let column = 0; column < pool.outWidth; column++, window += channels) {
        const columns = span(column, pool.strideWidth, pool.filterWidth, pool.padInfo.left, pool.inWidth);
        findLargest(values, pool, image, rows, columns, largest, place);
        for (let c = 0; c < channels; c++) {
          const at = place[c] ?? 0;
          to[at] = (to[at] ?? 0) + (from[window + c] ?? 0);
        }
      }
    }
  }
  return gradient;
}

function poolInfo(input: TensorInfo, attrs: NamedAttrMap): Pool {
  // tf.maxPool has checked these attributes; NamedAttrMap only lacks their types
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const shape = input.shape as [number, number, number, number];
  return backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

function span(position: number, stride: number, filter: number, padBefore: number, size: number): Span {
  const from = position * stride - padBefore;
  return [Math.max(from, 0), Math.min(from + filter, size)];
}

/** Finds the index of each channel's largest value in one window; the first if several are equal. */
function findLargest(
  values: ArrayLike<number>,
  { inHeight, inWidth, inChannels }: Pool,
  image: number,
  rows: Span,
  columns: Span,
  largest: Float32Array,
  place: Int32Array,
): void {
  largest.fill(Number.NEGATIVE_INFINITY);
  for (let row = rows[0]; row < rows[1]; row++) {
    let at = ((image * inHeight + row) * inWidth + columns[0]) * inChannels;
    for (let column = columns[0]; column < columns[1]; column++) {
      for (let c = 0; c < inChannels; c++, at++) {
        const value = values[at] ?? 0;
        if (value > (largest[c] ?? 0)) {
          largest[c] = value;
          place[c] = at;
        }
      }
    }
  }
}

/** The kernel to register. */
export const maxPoolGradKernel: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs = {}, backend }) =>
    maxPoolGrad(backend as BackendWasm, inputs.dy as TensorInfo, inputs.input as TensorInfo, attrs),
};
