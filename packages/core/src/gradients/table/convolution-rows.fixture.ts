import * as tf from '@tensorflow/tfjs-core';
import { at, build, type NdArray, reshaped, transposed, zip } from './nd-array.fixture.ts';
import { type Row, some } from './row.fixture.ts';

type Rounding = 'floor' | 'round' | 'ceil';
type Pad = 'same' | 'valid' | number | readonly (readonly [number, number])[];
export type Spatial = {
  readonly strides?: readonly number[];
  readonly pad?: Pad;
  readonly dilations?: readonly number[];
  readonly rounding?: Rounding;
};

type Moves = { readonly out: number; readonly stride: number; readonly dilation: number; readonly before: number };

/** Output length and padding before, of one axis. */
export function window(length: number, filter: number, axis: number, spatial: Spatial): Moves {
  const { strides, pad = 'valid', dilations, rounding } = spatial;
  const [stride, dilation] = [strides?.[axis] ?? 1, dilations?.[axis] ?? 1];
  const wide = (filter - 1) * dilation + 1;
  if (pad === 'same') {
    const out = Math.ceil(length / stride);
    return { out, stride, dilation, before: Math.floor(Math.max(0, (out - 1) * stride + wide - length) / 2) };
  }
  const [before, after] = pad === 'valid' ? [0, 0] : typeof pad === 'number' ? [pad, pad] : (pad[axis] ?? [0, 0]);
  const round = { floor: Math.floor, round: Math.round, ceil: Math.ceil }[rounding ?? 'floor'];
  return { out: round((length - wide + before + after) / stride + 1), stride, dilation, before };
}

/** Convolution of [n, ..., c] with a filter [..., c, k], for any number of spatial axes; `depthwise`: with a filter [h, w, c, m]. */
function convolution(x: NdArray, filter: NdArray, spatial: Spatial, depthwise = false): NdArray {
  const axes = x.shape.length - 2;
  const windows = Array.from({ length: axes }, (_, i) => window(x.shape[i + 1] ?? 0, filter.shape[i] ?? 0, i, spatial));
  const [inChannels = 0, last = 0] = filter.shape.slice(-2);
  const outChannels = depthwise ? inChannels * last : last;
  const taps = filter.shape.slice(0, axes);
  return build([x.shape[0] ?? 0, ...windows.map(({ out }) => out), outChannels], (...index) => {
    const k = index.at(-1) ?? 0;
    let sum = 0;
    build(taps, (...tap) => {
      const place = windows.map((w, i) => (index[i + 1] ?? 0) * w.stride + (tap[i] ?? 0) * w.dilation - w.before);
      if (depthwise) {
        const c = Math.floor(k / last);
        sum += at(x, [index[0] ?? 0, ...place, c]) * at(filter, [...tap, c, k % last]);
      } else
        for (let c = 0; c < inChannels; c++) sum += at(x, [index[0] ?? 0, ...place, c]) * at(filter, [...tap, c, k]);
      return 0;
    });
    return sum;
  });
}

/** The transpose of a convolution, to [n, ..., c]: adds each output to the inputs that it was computed from. */
function transposedConvolution(dy: NdArray, filter: NdArray, shape: readonly number[], spatial: Spatial): NdArray {
  const sum = build(shape, () => 0);
  const windows = shape.slice(1, -1).map((length, i) => window(length, filter.shape[i] ?? 0, i, spatial));
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  build(dy.shape, (...index) => {
    build(filter.shape, (...tap) => {
      if (tap.at(-1) !== index.at(-1)) return 0;
      const place = windows.map((w, i) => (index[i + 1] ?? 0) * w.stride + (tap[i] ?? 0) - w.before);
      if (place.some((p, i) => p < 0 || p >= (shape[i + 1] ?? 0))) return 0;
      const to = [index[0] ?? 0, ...place, tap.at(-2) ?? 0];
      const flat = to.reduce((all, p, i) => all + p * (strides[i] ?? 0), 0);
      sum.values[flat] = (sum.values[flat] ?? 0) + at(dy, index) * at(filter, tap);
      return 0;
    });
    return 0;
  });
  return sum;
}

const PAIRS: readonly (readonly [form: string, filter: readonly [number, number], Spatial])[] = [
  ['valid', [3, 3], {}],
  ['same', [3, 3], { pad: 'same' }],
  ['same, stride 2', [3, 3], { pad: 'same', strides: [2, 2] }],
  ['valid, strides 2 and 1', [2, 3], { strides: [2, 1] }],
  ['even filter, same', [2, 2], { pad: 'same' }],
  ['1 x 1, stride 2', [1, 1], { strides: [2, 2] }],
  ['padding 1', [3, 3], { pad: 1 }],
  ['padding by side', [3, 2], { pad: [[1, 0], [0, 2]] }],
  ['dilation 2', [2, 2], { dilations: [2, 2] }],
  ['dilation 2, same', [3, 3], { pad: 'same', dilations: [2, 2] }],
  ['dilations 1 and 3, padding 2', [2, 2], { pad: 2, dilations: [1, 3] }],
  ['padding 1, stride 2, floor', [3, 3], { pad: 1, strides: [2, 2], rounding: 'floor' }],
  ['padding 1, stride 2, ceil', [2, 2], { pad: 1, strides: [2, 2], rounding: 'ceil' }],
  ['padding 0, stride 3, round', [2, 2], { pad: 0, strides: [3, 3], rounding: 'round' }],
]; // biome-ignore format: a form a line

type Arguments = [strides: [number, number], pad: never, dilations: [number, number], rounding: Rounding | undefined];

function argumentsOf({ strides, pad = 'valid', dilations, rounding }: Spatial): Arguments {
  const explicit = typeof pad === 'object' ? [[0, 0], ...pad, [0, 0]] : pad;
  return [
    (strides ?? [1, 1]) as [number, number],
    explicit as never,
    (dilations ?? [1, 1]) as [number, number],
    rounding,
  ];
}

const conv2d: Row[] = PAIRS.map(([form, [h, w], spatial]) => ({
  name: `conv2d: ${form}`,
  inputs: [some([2, 4, 5, 2]), some([h, w, 2, 2], -1, 1, 3)],
  run: (x, f) => {
    const [strides, pad, dilations, rounding] = argumentsOf(spatial);
    return tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad, 'NHWC', dilations, rounding);
  },
  reference: (x, f) => convolution(x as NdArray, f as NdArray, spatial),
}));

const depthwise: Row[] = PAIRS.map(([form, [h, w], spatial]) => ({
  name: `depthwiseConv2d: ${form}`,
  inputs: [some([2, 4, 5, 2]), some([h, w, 2, 2], -1, 1, 3)],
  run: (x, f) => {
    const [strides, pad, dilations, rounding] = argumentsOf(spatial);
    return tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad, 'NHWC', dilations, rounding);
  },
  reference: (x, f) => convolution(x as NdArray, f as NdArray, spatial, true),
}));

const fused: Row[] = PAIRS.filter((_, i) => [1, 2, 8, 9, 12].includes(i)).flatMap(([form, [h, w], spatial]) =>
  // no relu where sizes are rounded: its gradient depends on the forward value, which some back ends get wrong there
  (['linear', ...(spatial.rounding ? [] : (['relu'] as const))] as const).flatMap((activation) =>
    ([false, true] as const).map(
      (byChannel): Row => ({
        name: `fused.${byChannel ? 'depthwiseConv2d' : 'conv2d'}: bias, ${activation}, ${form}`,
        inputs: [some([2, 4, 5, 2]), some([h, w, 2, 2], -1, 1, 3), some([byChannel ? 4 : 2], -1, 1, 7)],
        run: (x, filter, bias) => {
          const [strides, pad, dilations, dimRoundingMode] = argumentsOf(spatial);
          const call = {
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
            bias: bias as tf.Tensor,
            strides,
            pad,
            dilations,
          };
          const rounding = dimRoundingMode ? { dimRoundingMode } : {};
          const op = byChannel ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
          return op({ ...call, ...rounding, activation });
        },
        reference: (x, f, bias) =>
          zip(convolution(x as NdArray, f as NdArray, spatial, byChannel), bias as NdArray, (a, b) =>
            activation === 'relu' ? Math.max(0, a + b) : a + b,
          ),
      }),
    ),
  ),
);

const first = (x: NdArray): NdArray => transposed(x, [0, 3, 1, 2]);
const last = (x: NdArray): NdArray => transposed(x, [0, 2, 3, 1]);
const channelsFirst: Row[] = PAIRS.filter((_, i) => [1, 2, 8].includes(i)).map(([form, [h, w], spatial]) => ({
  name: `conv2d: NCHW, ${form}`,
  inputs: [some([2, 2, 4, 5]), some([h, w, 2, 2], -1, 1, 3)],
  run: (x, f) => {
    const [strides, pad, dilations] = argumentsOf(spatial);
    return tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad, 'NCHW', dilations);
  },
  reference: (x, f) => first(convolution(last(x as NdArray), f as NdArray, spatial)),
}));

const transposedRows: Row[] = (
  [
    ['valid, stride 2', [2, 7, 5, 2], [3, 3], { strides: [2, 2] }],
    ['same, stride 2', [2, 6, 4, 2], [3, 3], { strides: [2, 2], pad: 'same' }],
    ['same, stride 1, even filter', [1, 3, 2, 2], [2, 2], { pad: 'same' }],
    ['padding 1, stride 2', [2, 5, 3, 2], [3, 3], { strides: [2, 2], pad: 1 }],
  ] as const
).map(([form, shape, [h, w], spatial]: readonly [string, readonly number[], readonly [number, number], Spatial]) => {
  const out = [0, 1].map((i) => window(shape[i + 1] ?? 0, [h, w][i] ?? 0, i, spatial).out);
  return {
    name: `conv2dTranspose: ${form}`,
    inputs: [some([shape[0] ?? 0, ...out, 2]), some([h, w, 2, 2], -1, 1, 3)],
    run: (dy, f) => {
      const [strides, pad] = argumentsOf(spatial);
      return tf.conv2dTranspose(
        dy as tf.Tensor4D,
        f as tf.Tensor4D,
        shape as [number, number, number, number],
        strides,
        pad,
      );
    },
    reference: (dy, f) => transposedConvolution(dy as NdArray, f as NdArray, shape, spatial),
  };
});

const VOLUMES: readonly (readonly [form: string, Spatial])[] = [
  ['valid', {}],
  ['same, stride 2', { pad: 'same', strides: [2, 2, 2] }],
  ['same, strides 1, 2 and 1', { pad: 'same', strides: [1, 2, 1] }],
  ['dilation 2', { dilations: [2, 2, 2] }],
];
const volumes: Row[] = VOLUMES.map(([form, spatial]) => ({
  name: `conv3d: ${form}`,
  inputs: [some([2, 4, 3, 4, 1]), some([2, 2, 2, 1, 2], -1, 1, 3)],
  run: (x, f) => {
    const [strides, dilations] = [spatial.strides ?? [1, 1, 1], spatial.dilations ?? [1, 1, 1]] as [
      number,
      number,
      number,
    ][];
    return tf.conv3d(
      x as tf.Tensor5D,
      f as tf.Tensor5D,
      strides ?? 1,
      (spatial.pad ?? 'valid') as 'same',
      'NDHWC',
      dilations,
    );
  },
  reference: (x, f) => convolution(x as NdArray, f as NdArray, spatial),
}));

const withBatch = (x: NdArray): NdArray => reshaped(x, [1, ...x.shape]);
const withoutBatch = (x: NdArray): NdArray => reshaped(x, x.shape.slice(1));

/** Convolutions. */
export const convolutionRows: readonly Row[] = [
  ...conv2d,
  ...depthwise,
  ...fused,
  ...channelsFirst,
  ...transposedRows,
  ...volumes,
  {
    name: 'conv2d: an image without batch',
    inputs: [some([4, 5, 2]), some([3, 3, 2, 2], -1, 1, 3)],
    run: (x, f) => tf.conv2d(x as tf.Tensor3D, f as tf.Tensor4D, 1, 'same'),
    reference: (x, f) => withoutBatch(convolution(withBatch(x as NdArray), f as NdArray, { pad: 'same' })),
  },
  {
    name: 'fused.conv2d: an image without batch',
    inputs: [some([4, 5, 2]), some([3, 3, 2, 2], -1, 1, 3), some([2], -1, 1, 5)],
    run: (x, f, bias) =>
      tf.fused.conv2d({
        x: x as tf.Tensor3D,
        filter: f as tf.Tensor4D,
        bias: bias as tf.Tensor,
        strides: 1,
        pad: 'same',
      }),
    reference: (x, f, bias) =>
      zip(
        withoutBatch(convolution(withBatch(x as NdArray), f as NdArray, { pad: 'same' })),
        bias as NdArray,
        (a, b) => a + b,
      ),
  },
  {
    name: 'depthwiseConv2d: an image without batch',
    inputs: [some([4, 5, 2]), some([2, 2, 2, 1], -1, 1, 3)],
    run: (x, f) => tf.depthwiseConv2d(x as tf.Tensor3D, f as tf.Tensor4D, 1, 'valid'),
    reference: (x, f) => withoutBatch(convolution(withBatch(x as NdArray), f as NdArray, {}, true)),
  },
  ...(
    [
      [1, 'same', 1],
      [2, 'valid', 1],
      [1, 'valid', 2],
      [1, 'same', 3],
    ] as const
  ).map(
    ([stride, pad, dilation]): Row => ({
      name: `conv1d: ${pad}, stride ${stride}, dilation ${dilation}`,
      inputs: [some([2, 7, 2]), some([3, 2, 2], -1, 1, 3)],
      run: (x, f) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, stride, pad, 'NWC', dilation),
      reference: (x, f) => convolution(x as NdArray, f as NdArray, { strides: [stride], pad, dilations: [dilation] }),
    }),
  ),
  {
    name: 'separableConv2d: same, stride 2',
    inputs: [some([2, 5, 4, 2]), some([3, 3, 2, 2], -1, 1, 3), some([1, 1, 4, 2], -1, 1, 5)],
    run: (x, d, p) => tf.separableConv2d(x as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 2, 'same'),
    reference: (x, d, p) =>
      convolution(convolution(x as NdArray, d as NdArray, { pad: 'same', strides: [2, 2] }, true), p as NdArray, {}),
  },
  {
    name: 'separableConv2d: dilation 2',
    inputs: [some([2, 5, 4, 2]), some([2, 2, 2, 1], -1, 1, 3), some([1, 1, 2, 2], -1, 1, 5)],
    run: (x, d, p) => tf.separableConv2d(x as tf.Tensor4D, d as tf.Tensor4D, p as tf.Tensor4D, 1, 'valid', 2),
    reference: (x, d, p) =>
      convolution(convolution(x as NdArray, d as NdArray, { dilations: [2, 2] }, true), p as NdArray, {}),
  },
  {
    name: 'conv3dTranspose: valid, stride 2',
    inputs: [some([2, 1, 2, 2, 2]), some([2, 2, 2, 1, 2], -1, 1, 3)],
    run: (dy, f) => tf.conv3dTranspose(dy as tf.Tensor5D, f as tf.Tensor5D, [2, 2, 4, 4, 1], 2, 'valid'),
    reference: (dy, f) => transposedConvolution(dy as NdArray, f as NdArray, [2, 2, 4, 4, 1], { strides: [2, 2, 2] }),
  },
  ...(['valid', 'same'] as const).map(
    (pad): Row => ({
      name: `dilation2d: ${pad}`,
      inputs: [some([2, 4, 5, 2]), some([2, 2, 2], -1, 1, 3)],
      run: (x, f) => tf.dilation2d(x as tf.Tensor4D, f as tf.Tensor3D, 1, pad),
      reference: (x, f) => morphology(x as NdArray, f as NdArray, pad),
    }),
  ),
];

/** The maximum over each window of pixel + filter entry. */
function morphology(x: NdArray, filter: NdArray, pad: 'valid' | 'same'): NdArray {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const [rows, columns] = [window(h, filter.shape[0] ?? 0, 0, { pad }), window(w, filter.shape[1] ?? 0, 1, { pad })];
  return build([n, rows.out, columns.out, c], (b, i, j, k) => {
    let largest = Number.NEGATIVE_INFINITY;
    build(filter.shape.slice(0, 2), (u, v) => {
      const place = [b ?? 0, (i ?? 0) + (u ?? 0) - rows.before, (j ?? 0) + (v ?? 0) - columns.before, k ?? 0];
      largest = Math.max(largest, at(x, place, Number.NEGATIVE_INFINITY) + at(filter, [u ?? 0, v ?? 0, k ?? 0]));
      return 0;
    });
    return largest;
  });
}
