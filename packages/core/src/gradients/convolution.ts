import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import {
  axesOfWindow,
  channelsFirst,
  channelsLast,
  infoFitting,
  padChannelsLast,
  padOf,
  undilated,
  type Window,
} from './convolution-geometry.ts';
import { gradient, run } from './gradient.ts';

type Rank4 = [number, number, number, number];
type Pair = [number, number];

/** The two kernels of a convolution's gradient, on [n, h, w, c] and without dilation. */
type Kernels = {
  readonly byInput: 'Conv2DBackpropInput' | 'DepthwiseConv2dNativeBackpropInput';
  readonly byFilter: 'Conv2DBackpropFilter' | 'DepthwiseConv2dNativeBackpropFilter';
  readonly depthwise: boolean;
};

const FULL: Kernels = { byInput: 'Conv2DBackpropInput', byFilter: 'Conv2DBackpropFilter', depthwise: false };
const DEPTHWISE: Kernels = {
  byInput: 'DepthwiseConv2dNativeBackpropInput',
  byFilter: 'DepthwiseConv2dNativeBackpropFilter',
  depthwise: true,
};

type ConvolutionGradients = { readonly x: () => Tensor; readonly filter: () => Tensor };

/** The gradients of `conv2d(x, filter)`, in either data format, with any padding, rounding and dilation. */
export function conv2dGradients(dy: Tensor, x: Tensor, filter: Tensor, call: Window): ConvolutionGradients {
  return gradientsOf(FULL, dy, x, filter, call);
}

/** The gradients of `depthwiseConv2d(x, filter)`. */
export function depthwiseConv2dGradients(dy: Tensor, x: Tensor, filter: Tensor, call: Window): ConvolutionGradients {
  return gradientsOf(DEPTHWISE, dy, x, filter, call);
}

function gradientsOf(kernels: Kernels, dy: Tensor, x: Tensor, filter: Tensor, call: Window): ConvolutionGradients {
  if (call.dataFormat === 'NCHW') {
    const last = { ...call, dataFormat: 'NHWC', pad: padChannelsLast(call.pad) } as const;
    const gradients = gradientsOf(kernels, channelsLast(dy), channelsLast(x), filter, last);
    return { x: () => channelsFirst(gradients.x()), filter: gradients.filter };
  }
  const axes = axesOfWindow(
    infoFitting(call.pad, dy.shape, (pad) =>
      tf.backend_util.computeConv2DInfo(
        x.shape as Rank4,
        filter.shape as Rank4,
        call.strides as Pair,
        (call.dilations ?? 1) as Pair,
        pad,
        call.dimRoundingMode,
        kernels.depthwise,
      ),
    ),
  );
  if (axes.every(({ dilation }) => dilation === 1)) {
    const window = { strides: call.strides, pad: padOf(call.pad, call.dimRoundingMode, axes) };
    return {
      x: () => backpropInput(kernels, dy, x.shape, filter, window),
      filter: () => backpropFilter(kernels, dy, x, filter.shape, window),
    };
  }
  const { input, output, joined } = undilated(axes);
  const window = { strides: 1, pad: 'valid' } as const;
  return {
    x: () => joined(backpropInput(kernels, output(dy), input(x).shape, filter, window)),
    filter: () => backpropFilter(kernels, output(dy), input(x), filter.shape, window),
  };
}

type Undilating = Pick<Window, 'strides' | 'pad'>;

function backpropInput(kernels: Kernels, dy: Tensor, inputShape: number[], filter: Tensor, window: Undilating): Tensor {
  return run(kernels.byInput, { dy, filter }, { ...attributes(kernels, window), inputShape });
}

function backpropFilter(kernels: Kernels, dy: Tensor, x: Tensor, filterShape: number[], window: Undilating): Tensor {
  return run(kernels.byFilter, { x, dy }, { ...attributes(kernels, window), filterShape });
}

const attributes = ({ depthwise }: Kernels, window: Undilating): object =>
  depthwise ? { ...window, dilations: [1, 1] } : { ...window, dataFormat: 'NHWC' };

type Backward = Window & { readonly inputShape: Rank4; readonly filterShape: Rank4 };

/** Convolutions and transposed convolutions of images. */
export const convolutionGradients: readonly GradConfig[] = [
  gradient<Window>('Conv2D', { inputs: ['x', 'filter'] }, (dy, [x, filter], attrs) => ({
    ...conv2dGradients(dy, x as Tensor, filter as Tensor, attrs),
  })),
  gradient<Window>('DepthwiseConv2dNative', { inputs: ['x', 'filter'] }, (dy, [x, filter], attrs) => ({
    ...depthwiseConv2dGradients(dy, x as Tensor, filter as Tensor, attrs),
  })),
  // tf.conv2dTranspose is linear in both inputs, and its transpose is the convolution.
  gradient<Backward>('Conv2DBackpropInput', { inputs: ['dy', 'filter'] }, (ddx, [dy, filter], attrs) => ({
    dy: () => convolved(ddx, filter as Tensor, attrs),
    filter: () => conv2dGradients(dy as Tensor, ddx, filter as Tensor, attrs).filter(),
  })),
  gradient<Backward>('Conv2DBackpropFilter', { inputs: ['x', 'dy'] }, (ddw, [x, dy], attrs) => ({
    x: () => conv2dGradients(dy as Tensor, x as Tensor, ddw, attrs).x(),
    dy: () => convolved(x as Tensor, ddw, attrs),
  })),
  gradient<Backward>(
    'DepthwiseConv2dNativeBackpropInput',
    { inputs: ['dy', 'filter'] },
    (ddx, [dy, filter], attrs) => ({
      dy: () => convolvedDepthwise(ddx, filter as Tensor, attrs),
      filter: () => depthwiseConv2dGradients(dy as Tensor, ddx, filter as Tensor, attrs).filter(),
    }),
  ),
  gradient<Backward>('DepthwiseConv2dNativeBackpropFilter', { inputs: ['x', 'dy'] }, (ddw, [x, dy], attrs) => ({
    x: () => depthwiseConv2dGradients(dy as Tensor, x as Tensor, ddw, attrs).x(),
    dy: () => convolvedDepthwise(x as Tensor, ddw, attrs),
  })),
];

function convolved(x: Tensor, filter: Tensor, { strides, pad, dataFormat, dimRoundingMode }: Window): Tensor {
  return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides as Pair, pad, dataFormat, 1, dimRoundingMode);
}

function convolvedDepthwise(x: Tensor, filter: Tensor, { strides, pad, dimRoundingMode }: Window): Tensor {
  return tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides as Pair, pad, 'NHWC', 1, dimRoundingMode);
}
