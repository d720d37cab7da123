import { at, indices, type NdArray, ndArray } from './nd-array.ts';

export type Padding = 'same' | 'valid' | number | readonly (readonly [number, number])[];
export type Rounding = 'floor' | 'round' | 'ceil';

/** One axis along which windows slide. */
type Axis = {
  readonly out: number;
  readonly before: number;
  readonly stride: number;
  readonly dilation: number;
  readonly taps: number;
};

/** Strides, dilations and padding of a convolution or pooling, per spatial axis. */
export type Sliding = {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Explicit pads: one pair for each spatial axis. */
  readonly pad: Padding;
  readonly rounding?: Rounding | undefined;
};

const ROUND = { floor: Math.floor, round: Math.round, ceil: Math.ceil };

/** The positions of windows of `taps` along each spatial axis. */
function slide(
  lengths: readonly number[],
  taps: readonly number[],
  { strides, dilations, pad, rounding }: Sliding,
): Axis[] {
  return lengths.map((length, i) => {
    const [stride, dilation, count] = [strides[i] ?? 1, dilations[i] ?? 1, taps[i] ?? 1];
    const reach = (count - 1) * dilation + 1;
    const axis = { stride, dilation, taps: count };
    if (pad === 'same') {
      const out = Math.ceil(length / stride);
      return { ...axis, out, before: Math.floor(Math.max(0, (out - 1) * stride + reach - length) / 2) };
    }
    const [before = 0, after = 0] = pad === 'valid' ? [0, 0] : typeof pad === 'number' ? [pad, pad] : (pad[i] ?? []);
    const out = ROUND[rounding ?? 'floor']((length + before + after - reach) / stride) + 1;
    return { ...axis, out: Math.max(0, pad === 'valid' ? Math.floor((length - reach) / stride) + 1 : out), before };
  });
}

const places = (axes: readonly Axis[], out: readonly number[], tap: readonly number[]): number[] =>
  axes.map((axis, i) => (out[i] ?? 0) * axis.stride - axis.before + (tap[i] ?? 0) * axis.dilation);

/** x [batch, ...spatial, in], filter [...taps, in, out]: the sum of products under each window. */
export function convolution(x: NdArray, filter: NdArray, sliding: Sliding): NdArray {
  const rank = x.shape.length - 2;
  const taps = filter.shape.slice(0, rank);
  const [inputs = 0, outputs = 0] = filter.shape.slice(rank);
  const axes = slide(x.shape.slice(1, -1), taps, sliding);
  const all = indices(taps);
  return ndArray([x.shape[0] ?? 0, ...axes.map(({ out }) => out), outputs], (index) => {
    const [image = 0, channel = 0] = [index[0], index.at(-1)];
    let sum = 0;
    for (const tap of all) {
      const pixel = places(axes, index.slice(1, -1), tap);
      for (let c = 0; c < inputs; c++) sum += at(x, [image, ...pixel, c]) * at(filter, [...tap, c, channel]);
    }
    return sum;
  });
}

/** x [batch, height, width, in], filter [...taps, in, multiplier]: each channel has its own filters. */
export function depthwiseConvolution(x: NdArray, filter: NdArray, sliding: Sliding): NdArray {
  const taps = filter.shape.slice(0, 2);
  const [inputs = 0, multiplier = 1] = filter.shape.slice(2);
  const axes = slide(x.shape.slice(1, -1), taps, sliding);
  const all = indices(taps);
  return ndArray([x.shape[0] ?? 0, ...axes.map(({ out }) => out), inputs * multiplier], (index) => {
    const [image = 0, channel = 0] = [index[0], index.at(-1)];
    const from = Math.floor(channel / multiplier);
    return all.reduce(
      (sum, tap) =>
        sum +
        at(x, [image, ...places(axes, index.slice(1, -1), tap), from]) *
          at(filter, [...tap, from, channel % multiplier]),
      0,
    );
  });
}

/** The transpose of a convolution of [batch, ...size, out] to y: filter [...taps, out, in]. */
export function transposedConvolution(y: NdArray, filter: NdArray, size: readonly number[], sliding: Sliding): NdArray {
  const rank = size.length;
  const taps = filter.shape.slice(0, rank);
  const [outputs = 0, inputs = 0] = filter.shape.slice(rank);
  const axes = slide(size, taps, sliding);
  const all = indices(taps);
  return ndArray([y.shape[0] ?? 0, ...size, outputs], (index) => {
    const [image = 0, channel = 0] = [index[0], index.at(-1)];
    let sum = 0;
    for (const tap of all) {
      const from = axes.map(
        (axis, i) => ((index[i + 1] ?? 0) + axis.before - (tap[i] ?? 0) * axis.dilation) / axis.stride,
      );
      if (!from.every((place, i) => Number.isInteger(place) && place >= 0 && place < (axes[i]?.out ?? 0))) continue;
      for (let c = 0; c < inputs; c++) sum += at(y, [image, ...from, c]) * at(filter, [...tap, channel, c]);
    }
    return sum;
  });
}

/** Calls `reduce` with the values of each window that lie inside the image, and with their positions. */
export function pooling(
  x: NdArray,
  taps: readonly number[],
  sliding: Sliding,
  reduce: (values: readonly number[], pixels: readonly (readonly number[])[]) => number,
): NdArray {
  const lengths = x.shape.slice(1, -1);
  const axes = slide(lengths, taps, sliding);
  const all = indices(taps);
  return ndArray([x.shape[0] ?? 0, ...axes.map(({ out }) => out), x.shape.at(-1) ?? 0], (index) => {
    const inside = all
      .map((tap) => places(axes, index.slice(1, -1), tap))
      .filter((pixel) => pixel.every((place, i) => place >= 0 && place < (lengths[i] ?? 0)));
    const values = inside.map((pixel) => at(x, [index[0] ?? 0, ...pixel, index.at(-1) ?? 0]));
    return reduce(values, inside);
  });
}

/** The axes of an array in another order. */
function permuted(x: NdArray, order: readonly number[]): NdArray {
  return ndArray(
    order.map((axis) => x.shape[axis] ?? 1),
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[order.indexOf(axis)] ?? 0),
      ),
  );
}

/** Channels last to channels second. */
export const channelsFirst = (x: NdArray): NdArray =>
  permuted(x, [0, x.shape.length - 1, ...x.shape.slice(1, -1).map((_, i) => i + 1)]);
