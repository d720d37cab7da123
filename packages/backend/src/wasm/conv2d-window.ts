import { backend_util, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

import type { RunKernel } from './compose-kernels.ts';

type Shape4D = [number, number, number, number];
type ConvInfo = backend_util.Conv2DInfo;

/** What the gradient kernels of a 2-D convolution need to know about it; `filterShape` [kh, kw, in, out], `inputShape` NHWC. */
export function conv2dInfo(inputShape: number[], filterShape: number[], attrs: NamedAttrMap): ConvInfo {
  // The engine hands over the attributes of the op, which tf.conv2d has checked; only their static type is lost on the way.
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

/** Rows (or columns) to add before and after an axis of a tensor; negative ones are cut off. */
export type Margin = readonly [before: number, after: number];

/** An input with rows and columns cut off, and the zero padding that is left for the convolution to add. */
export type FittedWindow = { readonly input: TensorInfo; readonly pad: number[][] };

/** Splits margins along height (axis 1) and width (axis 2) into a cut, made here, and a padding, which a convolution adds for free. */
export function fitWindow(run: RunKernel, input: TensorInfo, height: Margin, width: Margin): FittedWindow {
  const margins: Margin[] = [[0, 0], height, width, [0, 0]];
  const pad = margins.map((margin) => margin.map((side) => Math.max(side, 0)));
  if (margins.flat().every((side) => side >= 0)) return { input, pad };
  const cut = margins.map((margin) => margin.map((side) => Math.max(-side, 0)));
  const begin = cut.map(([before = 0]) => before);
  const size = input.shape.map((length, axis) => length - (cut[axis]?.[0] ?? 0) - (cut[axis]?.[1] ?? 0));
  return { input: run('Slice', { x: input }, { begin, size }), pad };
}
