import type { KernelBackend, KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel, viewed } from './compose-kernels.ts';
import { conv2dInfo, fitWindow, type Margin } from './conv2d-window.ts';

/** One axis of the gradient: `taps` of `dy` reach each input position, whose phase is its place modulo the stride. */
type Axis = { readonly taps: number; readonly positions: number; readonly margin: Margin; readonly crop: number };

/**
 * Gradient of a convolution with respect to its input, in place of wasm's own naive loop:
 * `dx[n, i, j, c] = sum over a, b, k of dy[n, a, b, k] w[i + p - s a, j + p - s b, c, k]`.
 *
 * With `i + p = s q + r` (phase r in [0, s)) only the filter rows `r + s t` count, at `a = q - t`: each phase is a plain convolution of `dy`
 * by every s-th filter row. All phases are computed at once, as s * s * C output channels of one convolution (XNNPACK), then interleaved;
 * nothing is multiplied by the zeros that dilating `dy` would insert.
 */
export function conv2dBackpropInput(
  backend: KernelBackend,
  { dy, filter }: { readonly dy: TensorInfo; readonly filter: TensorInfo },
  attrs: NamedAttrMap,
): TensorInfo {
  const inputShape = attrs.inputShape as number[];
  const info = conv2dInfo('Conv2DBackpropInput', inputShape, filter.shape, attrs);
  const { padInfo, strideHeight, strideWidth } = info;
  const rows = axisOf(info.inHeight, info.outHeight, info.filterHeight, strideHeight, padInfo.top);
  const columns = axisOf(info.inWidth, info.outWidth, info.filterWidth, strideWidth, padInfo.left);
  return composeKernels(backend, 'wasm', (run) => {
    const { input, pad } = fitWindow(run, dy, rows.margin, columns.margin);
    const phases = phaseFilter(run, filter, [rows.taps, columns.taps], [strideHeight, strideWidth]);
    const gradient = run('Conv2D', { x: input, filter: phases }, { strides: 1, pad, dataFormat: 'NHWC', dilations: 1 });
    if (strideHeight === 1 && strideWidth === 1) return gradient;
    const { batchSize, inChannels } = info;
    const swapped = run(
      'Transpose',
      { x: viewed(gradient, [batchSize * rows.positions, columns.positions, strideHeight, strideWidth * inChannels]) },
      { perm: [0, 2, 1, 3] },
    );
    const interleaved = run(
      'Reshape',
      { x: swapped },
      { shape: [batchSize, rows.positions * strideHeight, columns.positions * strideWidth, inChannels] },
    );
    if (interleaved.shape.every((length, axis) => length === inputShape[axis])) return interleaved;
    return run('Slice', { x: interleaved }, { begin: [0, rows.crop, columns.crop, 0], size: inputShape });
  });
}

function axisOf(inSize: number, outSize: number, filterSize: number, stride: number, padBefore: number): Axis {
  const taps = Math.ceil(filterSize / stride);
  const first = Math.floor(padBefore / stride);
  const end = Math.ceil((padBefore + inSize) / stride);
  const margin: Margin = [taps - 1 - first, end - outSize];
  return { taps, positions: end - first, margin, crop: padBefore - first * stride };
}

/** The filter [kh, kw, C, K] as [taps, taps, K, s * s * C]: rows `r + s t` at tap `taps - 1 - t` of phase r, zeros where there is no such row. */
function phaseFilter(
  run: RunKernel,
  filter: TensorInfo,
  taps: [number, number],
  strides: [number, number],
): TensorInfo {
  const [kh = 0, kw = 0, inChannels = 0, outChannels = 0] = filter.shape;
  const paddings = [
    [0, taps[0] * strides[0] - kh],
    [0, taps[1] * strides[1] - kw],
    [0, 0],
    [0, 0],
  ];
  const isWhole = paddings.flat().every((length) => length === 0);
  const whole = isWhole ? filter : run('PadV2', { x: filter }, { paddings, constantValue: 0 });
  const split = viewed(whole, [taps[0], strides[0], taps[1], strides[1], inChannels * outChannels]);
  const turned = run('Reverse', { x: split }, { dims: [0, 2] });
  const phases = strides[0] * strides[1];
  const grouped = run('Transpose', { x: turned }, { perm: [0, 2, 1, 3, 4] });
  const swapped = run(
    'Transpose',
    { x: viewed(grouped, [taps[0] * taps[1], phases * inChannels, outChannels]) },
    { perm: [0, 2, 1] },
  );
  return run('Reshape', { x: swapped }, { shape: [taps[0], taps[1], outChannels, phases * inChannels] });
}

/** The kernel, ready to register. */
export const conv2dBackpropInputKernel: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs = {}, backend }) =>
    conv2dBackpropInput(backend as KernelBackend, inputs as { dy: TensorInfo; filter: TensorInfo }, attrs),
};
