import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import { composeKernels, type RunKernel, viewed } from './compose-kernels.ts';
import { conv2dInfo, fitWindow, type Margin } from './conv2d-window.ts';
import { isPointwise, pointwiseBackpropFilter } from './pointwise-gradients.ts';

/**
 * Gradient of a convolution with respect to its filter. Back end `wasm` has no such kernel:
 * `dw[u, v, c, k] = sum over n, a, b of x[n, s a + u - p, s b + v - p, c] dy[n, a, b, k]`.
 *
 * This is a convolution of `x` with channels as batch, [C, H, W, N], by `dy` as a filter [OH, OW, N, K] with dilation `s`. Its result
 * [C, kh, kw, K] is `dw` with axes permuted. It runs as a convolution of wasm (XNNPACK).
 */
function conv2dBackpropFilter(
  backend: BackendWasm,
  { x, dy }: { readonly x: TensorInfo; readonly dy: TensorInfo },
  attrs: NamedAttrMap,
): TensorInfo {
  const info = conv2dInfo(x.shape, attrs.filterShape as number[], attrs);
  if (isPointwise(info)) return composeKernels(backend, (run) => pointwiseBackpropFilter(run, x, dy, info));
  const { padInfo, strideHeight, strideWidth, filterHeight, filterWidth } = info;
  // rows that no window covers are cut off, so that the result has exactly kh rows
  const height: Margin = [
    padInfo.top,
    (info.outHeight - 1) * strideHeight + filterHeight - info.inHeight - padInfo.top,
  ];
  const width: Margin = [padInfo.left, (info.outWidth - 1) * strideWidth + filterWidth - info.inWidth - padInfo.left];
  return composeKernels(backend, (run) => {
    const { input, pad } = fitWindow(run, x, height, width);
    const images = channelsAsBatch(run, input);
    const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] });
    const dilations = [strideHeight, strideWidth];
    const gradient = run('Conv2D', { x: images, filter }, { strides: 1, pad, dataFormat: 'NHWC', dilations });
    return run('Transpose', { x: gradient }, { perm: [1, 2, 0, 3] });
  });
}

/** [N, H, W, C] to [C, H, W, N] by two transpositions that are fast on wasm, of a matrix and of the outer axes. A single one takes 3 x as long. */
function channelsAsBatch(run: RunKernel, x: TensorInfo): TensorInfo {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
  const matrix = run('Transpose', { x: viewed(x, [batch, height * width * channels]) }, { perm: [1, 0] });
  const split = viewed(matrix, [height * width, channels, batch]);
  return viewed(run('Transpose', { x: split }, { perm: [1, 0, 2] }), [channels, height, width, batch]);
}

/** The kernel to register. */
export const conv2dBackpropFilterKernel: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs = {}, backend }) =>
    conv2dBackpropFilter(backend as BackendWasm, inputs as { x: TensorInfo; dy: TensorInfo }, attrs),
};
