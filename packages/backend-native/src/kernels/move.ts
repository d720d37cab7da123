import { backend_util, type DataType, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend, Output, Values } from '../native-backend.ts';
import { layoutOf } from './layout.ts';
import { type KernelCall, kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly x: TensorInfo };

/** Most axes of a native copy. */
const MOST_AXES = 8;

const isNumeric = (dtype: DataType): boolean => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';
const bytesOf = (dtype: DataType): number => (dtype === 'bool' ? 1 : 4);

/** Dense strides of a shape. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** One strided copy of `dims` elements: from offset `from` + index * fromStrides to offset `to` + index * toStrides. */
type Copy = {
  readonly dims: readonly number[];
  readonly from?: number;
  readonly fromStrides: readonly number[];
  readonly to?: number;
  readonly toStrides: readonly number[];
};

function copy(backend: NativeBackend, dtype: DataType, place: Copy, x: Values, y: Values): void {
  const { dims, from = 0, fromStrides, to = 0, toStrides } = place;
  const layout =
    dims.length === 0
      ? layoutOf(1, from, to, 1, 1, 1)
      : layoutOf(dims.length, from, to, ...dims, ...fromStrides, ...toStrides);
  backend.addon.stridedCopy(layout, bytesOf(dtype), x, y);
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0);

/** x with its axes permuted. */
export function permuted(backend: NativeBackend, x: TensorInfo, order: readonly number[]): TensorInfo {
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  const strides = stridesOf(x.shape);
  const y = backend.outputOf(shape, x.dtype);
  const fromStrides = order.map((axis) => strides[axis] ?? 0);
  copy(backend, x.dtype, { dims: shape, fromStrides, toStrides: stridesOf(shape) }, backend.values(x), y.values);
  return y.info;
}

function sliced(backend: NativeBackend, x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
  const strides = stridesOf(x.shape);
  const y = backend.outputOf(size, x.dtype);
  const place = { dims: size, from: dot(begin, strides), fromStrides: strides, toStrides: stridesOf(size) };
  copy(backend, x.dtype, place, backend.values(x), y.values);
  return y.info;
}

function filled(backend: NativeBackend, y: Output<Values>, value: number): TensorInfo {
  const one =
    y.values instanceof Float32Array
      ? new Float32Array(1)
      : y.values instanceof Int32Array
        ? new Int32Array(1)
        : new Uint8Array(1);
  one[0] = value;
  backend.addon.fill(y.values.length, y.values.BYTES_PER_ELEMENT, one, y.values);
  return y.info;
}

/** Concatenates tensors of one dtype along `axis`. */
function concatenated(
  backend: NativeBackend,
  tensors: readonly TensorInfo[],
  axis: number,
  dtype: DataType,
): TensorInfo {
  const shape = backend_util.computeOutShape(
    tensors.map((tensor) => tensor.shape),
    axis,
  );
  const y = backend.outputOf(shape, dtype);
  const strides = stridesOf(shape);
  let offset = 0;
  for (const tensor of tensors) {
    const place = {
      dims: tensor.shape,
      fromStrides: stridesOf(tensor.shape),
      to: offset * (strides[axis] ?? 1),
      toStrides: strides,
    };
    copy(backend, dtype, place, backend.values(tensor), y.values);
    offset += tensor.shape[axis] ?? 0;
  }
  return y.info;
}

/** Splits `x` along `axis` into pieces of the given sizes. */
function split(backend: NativeBackend, x: TensorInfo, axis: number, sizes: readonly number[]): TensorInfo[] {
  let at = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    at += size;
    return sliced(
      backend,
      x,
      begin,
      x.shape.map((whole, i) => (i === axis ? size : whole)),
    );
  });
}

const transpose = kernel<Inputs, { readonly perm: number[] }>(
  'Transpose',
  ({ inputs: { x }, attrs, backend }, inherited) =>
    isNumeric(x.dtype) && x.shape.length <= MOST_AXES ? permuted(backend, x, attrs.perm) : inherited(),
);

const slice = kernel<Inputs, { readonly begin: number[]; readonly size: number[] }>(
  'Slice',
  ({ inputs: { x }, attrs, backend }, inherited) => {
    if (!isNumeric(x.dtype) || x.shape.length > MOST_AXES) return inherited();
    const [begin = [], size = []] = slice_util.parseSliceParams(x, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x, begin, size);
    return sliced(backend, x, begin, size);
  },
);

const pad = kernel<Inputs, { readonly paddings: [number, number][]; readonly constantValue: number }>(
  'PadV2',
  ({ inputs: { x }, attrs: { paddings, constantValue }, backend }, inherited) => {
    if (!isNumeric(x.dtype) || x.shape.length > MOST_AXES) return inherited();
    const shape = x.shape.map((size, i) => size + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
    const y = backend.outputOf(shape, x.dtype);
    filled(backend, y, constantValue ?? 0);
    const toStrides = stridesOf(shape);
    const to = dot(
      paddings.map(([before]) => before),
      toStrides,
    );
    copy(
      backend,
      x.dtype,
      { dims: x.shape, fromStrides: stridesOf(x.shape), to, toStrides },
      backend.values(x),
      y.values,
    );
    return y.info;
  },
);

const tile = kernel<Inputs, { readonly reps: number[] }>(
  'Tile',
  ({ inputs: { x }, attrs: { reps }, backend }, inherited) => {
    // Every axis becomes two: the copy's index and the position in it. Axes with one copy or one element stay one.
    const dims: number[] = [];
    const fromStrides: number[] = [];
    const strides = stridesOf(x.shape);
    x.shape.forEach((size, axis) => {
      const copies = reps[axis] ?? 1;
      if (copies !== 1) {
        dims.push(copies);
        fromStrides.push(0);
      }
      if (size !== 1) {
        dims.push(size);
        fromStrides.push(strides[axis] ?? 1);
      }
    });
    if (!isNumeric(x.dtype) || dims.length > MOST_AXES) return inherited();
    const y = backend.outputOf(
      x.shape.map((size, axis) => size * (reps[axis] ?? 1)),
      x.dtype,
    );
    copy(backend, x.dtype, { dims, fromStrides, toStrides: stridesOf(dims) }, backend.values(x), y.values);
    return y.info;
  },
);

const reverse = kernel<Inputs, { readonly dims: number | number[] }>(
  'Reverse',
  ({ inputs: { x }, attrs, backend }, inherited) => {
    if (!isNumeric(x.dtype) || x.shape.length > MOST_AXES || x.shape.length === 0) return inherited();
    const axes = util.parseAxisParam(attrs.dims, x.shape);
    const strides = stridesOf(x.shape);
    const from = axes.reduce((sum, axis) => sum + ((x.shape[axis] ?? 1) - 1) * (strides[axis] ?? 1), 0);
    const fromStrides = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    const y = backend.outputOf(x.shape, x.dtype);
    copy(
      backend,
      x.dtype,
      { dims: x.shape, from: Math.max(0, from), fromStrides, toStrides: strides },
      backend.values(x),
      y.values,
    );
    return y.info;
  },
);

const concat = kernel<TensorInfo[], { readonly axis: number }>('Concat', ({ inputs, attrs, backend }, inherited) => {
  const dtype = inputs[0]?.dtype;
  if (!dtype || !isNumeric(dtype) || inputs.some((tensor) => tensor.dtype !== dtype)) return inherited();
  const axis = util.parseAxisParam(attrs.axis, inputs[0]?.shape ?? [])[0] ?? 0;
  backend_util.assertParamsConsistent(
    inputs.map((tensor) => tensor.shape),
    axis,
  );
  const used = inputs.filter((tensor) => util.sizeFromShape(tensor.shape) > 0);
  const single = used[0];
  if (!single || single.shape.length > MOST_AXES) return inherited();
  return used.length === 1 ? backend.reshaped(single, single.shape) : concatenated(backend, used, axis, dtype);
});

const pack = kernel<TensorInfo[], { readonly axis: number }>(
  'Pack',
  ({ inputs, attrs: { axis }, backend }, inherited) => {
    const first = inputs[0];
    const alike = inputs.every(
      (tensor) => tensor.dtype === first?.dtype && util.arraysEqual(tensor.shape, first.shape),
    );
    if (!first || !isNumeric(first.dtype) || !alike || first.shape.length >= MOST_AXES) return inherited();
    const along = axis < 0 ? axis + first.shape.length + 1 : axis;
    const expanded = inputs.map((tensor) => ({
      ...tensor,
      shape: [...tensor.shape.slice(0, along), 1, ...tensor.shape.slice(along)],
    }));
    return concatenated(backend, expanded, along, first.dtype);
  },
);

const splitV = kernel<Inputs, { readonly numOrSizeSplits: number[] | number; readonly axis: number }>(
  'SplitV',
  ({ inputs: { x }, attrs, backend }, inherited) => {
    if (!isNumeric(x.dtype) || x.shape.length > MOST_AXES) return inherited();
    const axis = util.parseAxisParam(attrs.axis, x.shape)[0] ?? 0;
    return split(backend, x, axis, backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis));
  },
);

const unpack = kernel<{ readonly value: TensorInfo }, { readonly axis: number }>(
  'Unpack',
  ({ inputs: { value }, attrs, backend }, inherited) => {
    if (!isNumeric(value.dtype) || value.shape.length > MOST_AXES) return inherited();
    const axis = util.parseAxisParam(attrs.axis, value.shape)[0] ?? 0;
    const shape = value.shape.filter((_, i) => i !== axis);
    const pieces = split(backend, value, axis, new Array<number>(value.shape[axis] ?? 0).fill(1));
    return pieces.map((piece) => ({ ...piece, shape }));
  },
);

const gather = kernel<
  { readonly x: TensorInfo; readonly indices: TensorInfo },
  { readonly axis: number; readonly batchDims: number }
>('GatherV2', ({ inputs: { x, indices }, attrs, backend }, inherited) => {
  if (!isNumeric(x.dtype) || (attrs.batchDims ?? 0) !== 0) return inherited();
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0] ?? 0;
  const length = x.shape[axis] ?? 1;
  const places = backend.readInts(indices);
  const outside = places.find((index) => index < 0 || index >= length);
  util.assert(outside === undefined, () => `GatherV2: the index value ${outside} is not in [0, ${length - 1}]`);
  const outer = util.sizeFromShape(x.shape.slice(0, axis));
  const inner = util.sizeFromShape(x.shape.slice(axis + 1));
  const y = backend.outputOf([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], x.dtype);
  backend.addon.gather(outer, length, inner, bytesOf(x.dtype), places, backend.values(x), y.values);
  return y.info;
});

const fill = kernel<
  Record<string, never>,
  { readonly shape: number[]; readonly value: number | string; readonly dtype?: DataType }
>('Fill', ({ attrs: { shape, value, dtype }, backend }, inherited) => {
  const requested = dtype || util.inferDtype(value);
  if (typeof value === 'string' || !isNumeric(requested)) return inherited();
  return filled(backend, backend.outputOf(shape, requested), Number(value));
});

const like = (name: 'ZerosLike' | 'OnesLike', value: number): NativeKernel =>
  kernel<Inputs>(name, ({ inputs: { x }, backend }: KernelCall<Inputs, Record<string, never>>, inherited) =>
    isNumeric(x.dtype) ? filled(backend, backend.outputOf(x.shape, x.dtype), value) : inherited(),
  );

/** Kernels that move elements or fill a tensor with one value. */
export const moveKernels: readonly NativeKernel[] = [
  transpose,
  slice,
  pad,
  tile,
  reverse,
  concat,
  pack,
  splitV,
  unpack,
  gather,
  fill,
  like('ZerosLike', 0),
  like('OnesLike', 1),
];
