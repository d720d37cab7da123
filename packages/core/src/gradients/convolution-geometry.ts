import { type backend_util, batchToSpaceND, spaceToBatchND, type Tensor, transpose } from '@tensorflow/tfjs-core';

type Pad = 'valid' | 'same' | number | backend_util.ExplicitPadding;
type Rounding = 'floor' | 'round' | 'ceil';

/** How a kernel of windows is called. */
export type Window = {
  readonly strides: number | number[];
  readonly pad: Pad;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | number[];
  readonly dimRoundingMode?: Rounding;
};

/** One axis over which a window moves. */
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

/** What the last window reads beyond the input; tfjs counts other rows where a number pads a dilated filter or sizes are rounded. */
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
 * What `infoOf` makes of a window over images that gives `shape`. A number pads each side by itself; tfjs-core takes the filter's height for its width
 * too, which a back end may have mended (`@st/kernels`) or not: the output's shape tells.
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
 * A padding with which every kernel finds the output's size by itself: tfjs's kernels for gradients ignore the rounding mode, which
 * then is what the numbers of rows below and columns to the right make it.
 */
export function padOf(pad: Pad, rounding: Rounding | undefined, axes: readonly Axis[]): Pad {
  if (typeof pad === 'string' || rounding === undefined || rounding === 'floor') return pad;
  const explicit = axes.map(({ before, after }) => [before, after] as [number, number]);
  return [[0, 0], ...explicit, [0, 0]] as backend_util.ExplicitPadding;
}

/**
 * A dilated convolution as one without dilation: the pixels that one output sees lie `dilation` apart, so those of equal remainder make an image
 * of their own, in a batch as many times as large; nothing is multiplied by zeros. Strides are 1 where there is a dilation.
 */
export type Undilated = {
  /** The input, padded and taken apart. */
  readonly input: (x: Tensor) => Tensor;
  /** The output, or its gradient, taken apart. */
  readonly output: (y: Tensor) => Tensor;
  /** The input's gradient, put together. */
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

/** A padding by axis, in the order of [n, h, w, c]. */
export function padChannelsLast(pad: Pad): Pad {
  if (!Array.isArray(pad)) return pad;
  const [batch, channels, height, width] = pad;
  return [batch, height, width, channels];
}
