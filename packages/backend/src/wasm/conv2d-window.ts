import { backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

import type { RunKernel } from './compose-kernels.ts';

type Shape4D = [number, number, number, number];
type ConvInfo = backend_util.Conv2DInfo;

/** Sizes and padding of a 2-D convolution; `filterShape` [kh, kw, in, out], `inputShape` NHWC. */
export function conv2dInfo(inputShape: number[], filterShape: number[], attrs: NamedAttrMap): ConvInfo {
  // tf.conv2d has checked these attributes; NamedAttrMap only lacks their types
  const { strides, pad, dimRoundingMode } = attrs as {
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  return backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

/** Rows (or columns) of padding before and after an axis; negative values crop. */
export type Margin = readonly [before: number, after: number];

/** A cropped input, and the zero padding for the convolution to add. */
export type FittedWindow = { readonly input: TensorInfo; readonly pad: number[][] };

/** Crops the input where margins along height (axis 1) and width (axis 2) are negative. Positive margins become `pad`, which a convolution adds at no cost. */
export function fitWindow(run: RunKernel, input: TensorInfo, height: Margin, width: Margin): FittedWindow {
  const margins: Margin[] = [[0, 0], height, width, [0, 0]];
  const pad = margins.map((margin) => margin.map((side) => Math.max(side, 0)));
  if (margins.flat().every((side) => side >= 0)) return { input, pad };
  const cut = margins.map((margin) => margin.map((side) => Math.max(-side, 0)));
  const begin = cut.map(([before = 0]) => before);
  const size = input.shape.map((length, axis) => length - (cut[axis]?.[0] ?? 0) - (cut[axis]?.[1] ?? 0));
  return { input: run('Slice', { x: input }, { begin, size }), pad };
}
