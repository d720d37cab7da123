import { type backend_util, batchToSpaceND, spaceToBatchND, type Tensor, transpose } from '@tensorflow/tfjs-core';

type Pad = 'valid' | 'same' | number | backend_util.ExplicitPadding;
type Rounding = 'floor' | 'round' | 'ceil';

/** The attributes of a kernel that moves a window: convolution or pooling. */
export type Window = {
  readonly strides: number | number[];
  readonly pad: Pad;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | number[];
  readonly dimRoundingMode?: Rounding;
};

/** One axis along which a window moves; `before` and `after` are its padding. */
export type Axis = {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
};

type Info = backend_util.Conv2DInfo | backend_util.Conv3DInfo;

/**
 * Computes the padding after the input: how far the last window reaches beyond it. The value that tfjs reports differs where the padding is a number
 * and the filter is dilated, and where output sizes are rounded.
 */
function axisOf(axis: Omit<Axis, 'after'>): Axis {
  const { input, output, filter, stride, dilation, before } = axis;
  return { ...axis, after: Math.max(0, (output - 1) * stride + (filter - 1) * dilation + 1 - input - before) };
}

export function axesOfWindow(info: Info): Axis[] {
  const { padInfo: pad } = info;
  const height = axisOf({
    ...{ input: info.inHeight, output: info.outHeight, filter: info.filterHeight, stride: info.strideHeight },
    ...{ dilation: info.dilationHeight, before: pad.top },
  });
  const width = axisOf({
    ...{ input: info.inWidth, output: info.outWidth, filter: info.filterWidth, stride: info.strideWidth },
    ...{ dilation: info.dilationWidth, before: pad.left },
  });
  if (!('inDepth' in info)) return [height, width];
  const depth = axisOf({
    ...{ input: info.inDepth, output: info.outDepth, filter: info.filterDepth, stride: info.strideDepth },
    ...{ dilation: info.dilationDepth, before: info.padInfo.front },
  });
  return [depth, height, width];
}

type Sizes = { readonly outHeight: number; readonly outWidth: number };

/**
 * The result of `infoOf` that gives an output of `shape`. A padding given as a number pads each side by that number. tfjs-core computes the width with
 * the height of the filter; `@st/kernels` corrects that on some back ends. The shape of the output shows which of the two applies.
 */
export function infoFitting<I extends Sizes>(pad: Pad, shape: readonly number[], infoOf: (pad: Pad) => I): I {
  if (typeof pad !== 'number') return infoOf(pad);
  const sides: backend_util.ExplicitPadding = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
  const info = infoOf(sides);
  return info.outHeight === shape[1] && info.outWidth === shape[2] ? info : infoOf(pad);
}

/**
 * The padding as explicit numbers where sizes are rounded up or to the nearest. The gradient kernels of tfjs ignore the rounding mode; with explicit
 * padding below and to the right they compute the same output size without it.
 */
export function padOf(pad: Pad, rounding: Rounding | undefined, axes: readonly Axis[]): Pad {
  if (typeof pad === 'string' || rounding === undefined || rounding === 'floor') return pad;
  const explicit = axes.map(({ before, after }) => [before, after] as [number, number]);
  return [[0, 0], ...explicit, [0, 0]] as backend_util.ExplicitPadding;
}

/**
 * Rewrites a dilated convolution as one without dilation. One output reads pixels that lie `dilation` apart, so pixels with the same index modulo
 * `dilation` form a separate image. The batch grows by the product of the dilations, and no multiplication by zero is needed. A dilated convolution
 * has stride 1.
 */
export type Undilated = {
  /** Pads the input and splits it into these images. */
  readonly input: (x: Tensor) => Tensor;
  /** Splits the output or its gradient. */
  readonly output: (y: Tensor) => Tensor;
  /** Joins the parts of the input's gradient. */
  readonly joined: (dx: Tensor) => Tensor;
};

export function undilated(axes: readonly Axis[]): Undilated {
  const block = axes.map(({ dilation }) => dilation);
  const extra = axes.map(({ input, before, after, dilation }) => -(input + before + after) % dilation);
  const rest = axes.map(({ dilation }, i) => ((extra[i] ?? 0) + dilation) % dilation);
  const whole = axes.map(({ before, after }, i) => [before, after + (rest[i] ?? 0)]);
  return {
    input: (x) => spaceToBatchND(x, block, whole),
    output: (y) =>
      spaceToBatchND(
        y,
        block,
        rest.map((after) => [0, after]),
      ),
    joined: (dx) => batchToSpaceND(dx, block, whole),
  };
}

/** [n, c, h, w] to [n, h, w, c]. */
export const channelsLast = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);
/** [n, h, w, c] to [n, c, h, w]. */
export const channelsFirst = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);

/** The padding of [n, c, h, w] reordered for [n, h, w, c]. */
export function padChannelsLast(pad: Pad): Pad {
  if (!Array.isArray(pad)) return pad;
  const [batch, channels, height, width] = pad;
  return [batch, height, width, channels];
}
