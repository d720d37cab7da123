import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel, viewed } from './compose-kernels.ts';
import { conv2dInfo, fitWindow, type Margin } from './conv2d-window.ts';
import { isPointwise, pointwiseBackpropInput } from './pointwise-gradients.ts';

/**
 * One axis of the gradient. In each phase, `taps` values of `dy` contribute to an input position. `positions` blocks of `stride` rows are computed,
 * and the first `crop` rows are dropped.
 */
type Axis = {
  readonly stride: number;
  readonly taps: number;
  readonly positions: number;
  readonly margin: Margin;
  readonly crop: number;
};

/**
 * Gradient of a convolution with respect to its input. Replaces the naive loop of wasm:
 * `dx[n, i, j, c] = sum over a, b, k of dy[n, a, b, k] w[i + p - s a, j + p - s b, c, k]`.
 *
 * With `i + p = s q + r` (phase r in [0, s)), only the filter rows `r + s t` contribute, at `a = q - t`. So each phase is a convolution of `dy`
 * by every s-th filter row, with stride 1. One convolution (XNNPACK) computes all phases as s * s * C output channels, which are then
 * interleaved. This avoids multiplications by the zeros that dilating `dy` would insert.
 */
function conv2dBackpropInput(
  backend: BackendWasm,
  { dy, filter }: { readonly dy: TensorInfo; readonly filter: TensorInfo },
  attrs: NamedAttrMap,
): TensorInfo {
  const inputShape = attrs.inputShape as number[];
  const info = conv2dInfo(inputShape, filter.shape, attrs);
  if (isPointwise(info)) return composeKernels(backend, (run) => pointwiseBackpropInput(run, dy, filter, info));
  const rows = axisOf(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top);
  const columns = axisOf(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left);
  return composeKernels(backend, (run, own) => {
    const { input, pad } = fitWindow(run, dy, rows.margin, columns.margin);
    const split = splitByPhase(run, filter, rows, columns);
    const rotated = swapChannels(run, own(rotateTaps(backend, split)));
    const gradient = run(
      'Conv2D',
      { x: input, filter: rotated },
      { strides: 1, pad, dataFormat: 'NHWC', dilations: 1 },
    );
    return interleave(run, gradient, inputShape, rows, columns);
  });
}

function axisOf(inSize: number, outSize: number, filterSize: number, stride: number, padBefore: number): Axis {
  const taps = Math.ceil(filterSize / stride);
  const first = Math.floor(padBefore / stride);
  const end = Math.ceil((padBefore + inSize) / stride);
  const margin: Margin = [taps - 1 - first, end - outSize];
  return { stride, taps, positions: end - first, margin, crop: padBefore - first * stride };
}

/** The filter [kh, kw, C, K] as [taps, taps, s * s * C, K]: row `r + s t` becomes tap t of phase r; missing rows are zero. */
function splitByPhase(run: RunKernel, filter: TensorInfo, rows: Axis, columns: Axis): TensorInfo {
  const [kh = 0, kw = 0, inChannels = 0, outChannels = 0] = filter.shape;
  if (rows.stride === 1 && columns.stride === 1) return filter;
  const paddings = [
    [0, rows.taps * rows.stride - kh],
    [0, columns.taps * columns.stride - kw],
    [0, 0],
    [0, 0],
  ];
  const whole = run('PadV2', { x: filter }, { paddings, constantValue: 0 });
  const taps = viewed(whole, [rows.taps, rows.stride, columns.taps, columns.stride, inChannels * outChannels]);
  const grouped = run('Transpose', { x: taps }, { perm: [0, 2, 1, 3, 4] });
  return viewed(grouped, [rows.taps, columns.taps, rows.stride * columns.stride * inChannels, outChannels]);
}

/** Rotates a filter [h, w, C, K] by 180 degrees, in contiguous blocks of C K values. Reverse of wasm moves single values and takes 20 x as long. */
function rotateTaps(backend: BackendWasm, filter: TensorInfo): TensorInfo {
  const [height = 0, width = 0, inChannels = 0, outChannels = 0] = filter.shape;
  const rotated = backend.makeOutput(filter.shape, filter.dtype);
  const from = backend.typedArrayFromHeap(filter);
  const to = backend.typedArrayFromHeap(rotated);
  const block = inChannels * outChannels;
  const last = height * width - 1;
  for (let tap = 0; tap <= last; tap++) to.set(from.subarray(tap * block, (tap + 1) * block), (last - tap) * block);
  return rotated;
}

/** [h, w, C, K] to [h, w, K, C]. */
function swapChannels(run: RunKernel, filter: TensorInfo): TensorInfo {
  const [height = 0, width = 0, inChannels = 0, outChannels = 0] = filter.shape;
  const blocks = viewed(filter, [height * width, inChannels, outChannels]);
  return viewed(run('Transpose', { x: blocks }, { perm: [0, 2, 1] }), [height, width, outChannels, inChannels]);
}

/** [N, Q, Q, s * s * C] to [N, H, W, C]: places the phases of each position next to each other, then crops the padding. */
function interleave(run: RunKernel, phases: TensorInfo, shape: number[], rows: Axis, columns: Axis): TensorInfo {
  if (rows.stride === 1 && columns.stride === 1) return phases;
  const [batch = 0, , , channels = 0] = shape;
  const split = [batch * rows.positions, columns.positions, rows.stride, columns.stride * channels];
  const swapped = run('Transpose', { x: viewed(phases, split) }, { perm: [0, 2, 1, 3] });
  const whole = [batch, rows.positions * rows.stride, columns.positions * columns.stride, channels];
  const isCropped = whole.some((length, axis) => length !== shape[axis]);
  if (!isCropped) return run('Reshape', { x: swapped }, { shape });
  return run('Slice', { x: viewed(swapped, whole) }, { begin: [0, rows.crop, columns.crop, 0], size: shape });
}

/** The kernel to register. */
export const conv2dBackpropInputKernel: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs = {}, backend }) =>
    conv2dBackpropInput(backend as BackendWasm, inputs as { dy: TensorInfo; filter: TensorInfo }, attrs),
};
